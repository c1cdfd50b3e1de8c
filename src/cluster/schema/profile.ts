import * as z from 'zod';
import {
  bytes,
  count,
  environmentValue,
  limit,
  line,
  name,
  path,
  range,
  seconds,
  text,
  variable,
} from '../../located/words.ts';

export const SCHEDULERS = ['slurm', 'pbspro', 'gridengine', 'embedded', 'docker'] as const;
export const LAUNCHERS = ['srun', 'mpirun', 'local'] as const;
export const RUNTIMES = ['singularity', 'apptainer', 'pyxis', 'docker', 'none'] as const;

const environment = z.record(variable(), environmentValue());

/** A factor, a range of them (`1.25-10`: the site decides), or `unknown`. */
const factor = z
  .union([
    z.number().positive(),
    z.literal('unknown'),
    z
      .string()
      .regex(/^[0-9.]+-[0-9.]+$/)
      .transform(written => {
        const [min, max] = written.split('-').map(Number) as [number, number];
        return { min, max };
      }),
  ])
  .meta({ description: 'a factor such as 1.5, a range such as 1.25-10, or unknown' });

/** Facts a scheduler's dialect needs to know of this site; each dialect reads those it knows. */
export const dialectOptions = z.strictObject({
  bin: path().optional(),
  history: seconds().optional(),
  modify: z.boolean().optional(),
  xml: z.boolean().optional(),
  login_shell: z.boolean().optional(),
  hosts: z.strictObject({ file: path(), column: z.int().positive() }).optional(),
  /** Smallest interval between two questions, seconds. */
  poll_min: seconds().optional(),
  /** Slurm: is there an accounting database. */
  accounting: z.union([z.boolean(), z.literal('maybe')]).optional(),
  requeue: z.boolean().optional(),
  /** docker: the socket of its engine. */
  socket: path().optional(),
});

const loginKeys = {
  user: line().optional(),
  port: z.int().min(1).max(65535).optional(),
  via: z.array(line()).optional(),
  transport: z.enum(['ssh', 'ssh2']).optional(),
};

/** An alias of the person's ssh config, or how to get there. */
export const login = z
  .union([
    line(),
    z.strictObject({ host: line(), ...loginKeys }),
    z.strictObject({
      hyperpod: z.strictObject({
        cluster: line(),
        group: line().optional(),
        region: line().optional(),
        profile: line().optional(),
      }),
      ...loginKeys,
    }),
  ])
  .meta({ description: 'an alias of your ssh config, or a map with host or hyperpod' });

const siteName = () => line();

/** One kind of node, in the site's own word. What is missing has no limit that is known here. */
export const resourceType = z.strictObject({
  queue: siteName().optional(),
  partition: siteName().optional(),
  request: siteName().optional(),
  instance: siteName().optional(),
  gpus: z.int().nonnegative(),
  gpu: name().optional(),
  cpus: z.int().positive().optional(),
  memory: bytes().optional(),
  local: bytes().optional(),
  nodes: range().optional(),
  walltime: limit().optional(),
  node_hours: z.number().positive().optional(),
  exclusive: z.boolean().optional(),
  default: z.boolean().optional(),
});

/** How a resource type is asked for: spot, reserved. Words may hold `{reservation}` and `{resource_type}`. */
export const service = z.strictObject({
  default: z.boolean().optional(),
  queue: line().optional(),
  partition: line().optional(),
  submit_env: environment.optional(),
  submit_args: z.array(line()).optional(),
  nodes: range().optional(),
  walltime: limit().optional(),
  price_factor: factor.optional(),
});

export const priority = z.strictObject({
  value: z.int(),
  default: z.boolean().optional(),
  price_factor: factor.optional(),
});

export const modules = z.strictObject({
  init: path().optional(),
  use: z.array(path()).optional(),
  load: z.array(line()).optional(),
});

export const network = z.strictObject({
  fabric: line().optional(),
  interface: line().optional(),
  interface_exclude: z.array(line()).optional(),
  /** MASTER_ADDR: the address of `interface`, or the first host's name. */
  address: z.enum(['interface', 'first-host']).optional(),
  hca: z.array(line()).optional(),
  outbound_ports: z.array(z.int().min(1).max(65535)).optional(),
  ssh_between_nodes: z.union([z.boolean(), z.strictObject({ submit_env: environment })]).optional(),
});

export const bind = z.strictObject({ from: path(), to: path().optional(), read_only: z.boolean().optional() });

export const filesystem = z.strictObject({
  path: path(),
  kind: line().optional(),
  shared: z.boolean().optional(),
  quota: bytes().optional(),
  inodes: count().optional(),
  lost_at: z.enum(['job-end', 'node-replaced', 'reboot']).optional(),
  avoid: z.boolean().optional(),
});

/** Where things lie. `$NAME` is a variable of the job. */
export const paths = z.strictObject({
  runs: path(),
  datasets: path(),
  models: path(),
  images: path(),
  software: path(),
  cache: path(),
  scratch: path(),
});

/** One tariff. Per point or per node-hour, by resource type. */
export const price = z.strictObject({
  tariff: line(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .meta({ description: 'a currency of three capital letters, such as JPY' }),
  point: z.number().nonnegative().optional(),
  points_per_node_hour: z.record(siteName(), z.number().nonnegative()).optional(),
  per_node_hour: z.record(siteName(), z.number().nonnegative()).optional(),
  source: line().optional(),
  date: line().optional(),
  mark: z.enum(['P', 'S', 'U', 'I']).optional(),
});

const basis = z.enum(['requested', 'actual']);
export const charge = z.strictObject({
  hold: basis.optional(),
  final: basis.optional(),
  formula: z.strictObject({ actual: z.number().nonnegative(), requested: z.number().nonnegative() }).optional(),
  minimum: seconds().optional(),
  by: z.enum(['job', 'allocation']).optional(),
});

export const site = z.strictObject({ directives: z.array(line()).optional(), submit_args: z.array(line()).optional() });
export const accounting = z.strictObject({
  required: z.boolean(),
  by: z.enum(['directive', 'submit']),
  option: line().optional(),
});

/** Keys that a profile must have. */
export const required = {
  scheduler: z.enum(SCHEDULERS),
  launcher: z.enum(LAUNCHERS),
  runtime: z.enum(RUNTIMES),
  login,
  accounting,
  resource_types: z.record(siteName(), resourceType),
  paths,
};

/** Keys that a profile may have. */
export const optional = {
  note: text().optional(),
  dialect_options: dialectOptions.optional(),
  launcher_args: z.array(line()).optional(),
  services: z.record(name(), service).optional(),
  priorities: z.record(name(), priority).optional(),
  limits: z
    .strictObject({
      jobs_unfinished: z.int().positive().optional(),
      jobs_submitted: z.int().positive().optional(),
      jobs_running: z.int().positive().optional(),
      array_tasks: z.int().positive().optional(),
    })
    .optional(),
  chain: z.strictObject({ max_segments: z.int().positive().optional() }).optional(),
  site: site.optional(),
  modules: modules.optional(),
  network: network.optional(),
  env: environment.optional(),
  unset: z.array(variable()).optional(),
  prepend: z.record(variable(), z.array(path())).optional(),
  ulimit: z.record(name(), z.union([z.int().nonnegative(), z.literal('unlimited')])).optional(),
  binds: z.array(bind).optional(),
  filesystems: z.record(name(), filesystem).optional(),
  staging: z.strictObject({ where: z.enum(['compute', 'login']) }).optional(),
  prices: z.array(price).optional(),
  charge: charge.optional(),
};

export const profile = z.strictObject({
  martlet: z.literal(1),
  name: name(),
  title: line(),
  read: line().optional(),
  ...required,
  ...optional,
});
