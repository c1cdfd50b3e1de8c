import * as z from 'zod/mini';
import {
  above0,
  amount,
  bytes,
  count,
  described,
  environment,
  flag,
  limit,
  line,
  maybe,
  name,
  natural,
  path,
  pattern,
  positive,
  range,
  seconds,
  text,
  variable,
} from '../../located/words.ts';
export const SCHEDULERS = ['slurm', 'pbspro', 'gridengine', 'embedded', 'docker'] as const;
export const LAUNCHERS = ['srun', 'mpirun', 'local'] as const;
export const RUNTIMES = ['singularity', 'apptainer', 'pyxis', 'docker', 'none'] as const;

/** A factor, a range of them (`1.25-10`: the site decides), or `unknown`. */
const factor = described(
  z.union([
    above0,
    z.literal('unknown'),
    z.pipe(
      z.string().check(z.regex(/^[0-9.]+-[0-9.]+$/)),
      z.transform((written: string) => {
        const [min, max] = written.split('-').map(Number) as [number, number];
        return { min, max };
      }),
    ),
  ]),
  'a factor such as 1.5, a range such as 1.25-10, or unknown',
);

/** Facts a scheduler's dialect needs to know of this site; each dialect reads those it knows. */
const dialectOptions = z.strictObject({
  bin: maybe(path),
  history: maybe(seconds),
  modify: maybe(flag),
  xml: maybe(flag),
  login_shell: maybe(flag),
  hosts: maybe(z.strictObject({ file: path, column: positive })),
  /** Smallest interval between two questions, seconds. */
  poll_min: maybe(seconds),
  /** Slurm: is there an accounting database. */
  accounting: maybe(z.union([flag, z.literal('maybe')])),
  requeue: maybe(flag),
  /** docker: the socket of its engine, and the image of programs that have none of their own. */
  socket: maybe(path),
  image: maybe(line),
});

const port = z.int().check(z.gte(1), z.lte(65535));
const loginKeys = {
  user: maybe(line),
  port: maybe(port),
  via: maybe(z.array(line)),
  transport: maybe(z.enum(['ssh', 'ssh2'])),
};

/** An alias of the person's ssh config, or how to get there. */
export const login = described(
  z.union([
    line,
    z.strictObject({ host: line, ...loginKeys }),
    z.strictObject({
      hyperpod: z.strictObject({
        cluster: line,
        group: maybe(line),
        region: maybe(line),
        profile: maybe(line),
      }),
      ...loginKeys,
    }),
  ]),
  'an alias of your ssh config, or a map with host or hyperpod',
);

/** One kind of node, in the site's own word. What is missing has no limit that is known here. */
export const resourceType = z.strictObject({
  queue: maybe(line),
  partition: maybe(line),
  request: maybe(line),
  instance: maybe(line),
  gpus: natural,
  gpu: maybe(name),
  cpus: maybe(positive),
  memory: maybe(bytes),
  local: maybe(bytes),
  nodes: maybe(range),
  walltime: maybe(limit),
  node_hours: maybe(above0),
  exclusive: maybe(flag),
  default: maybe(flag),
});

/** How a resource type is asked for: spot, reserved. Words may hold `{reservation}` and `{resource_type}`. */
export const service = z.strictObject({
  default: maybe(flag),
  queue: maybe(line),
  partition: maybe(line),
  submit_env: maybe(environment),
  submit_args: maybe(z.array(line)),
  nodes: maybe(range),
  walltime: maybe(limit),
  price_factor: maybe(factor),
});

export const priority = z.strictObject({
  value: z.int(),
  default: maybe(flag),
  price_factor: maybe(factor),
});

export const modules = z.strictObject({
  init: maybe(path),
  use: maybe(z.array(path)),
  load: maybe(z.array(line)),
});

export const network = z.strictObject({
  fabric: maybe(line),
  interface: maybe(line),
  interface_exclude: maybe(z.array(line)),
  /** MASTER_ADDR: the address of `interface`, or the first host's name. */
  address: maybe(z.enum(['interface', 'first-host'])),
  hca: maybe(z.array(line)),
  outbound_ports: maybe(z.array(port)),
  ssh_between_nodes: maybe(z.union([flag, z.strictObject({ submit_env: environment })])),
});

export const bind = z.strictObject({ from: path, to: maybe(path), read_only: maybe(flag) });

const filesystem = z.strictObject({
  path: path,
  kind: maybe(line),
  shared: maybe(flag),
  quota: maybe(bytes),
  inodes: maybe(count),
  lost_at: maybe(z.enum(['job-end', 'node-replaced', 'reboot'])),
  avoid: maybe(flag),
});

/** Where things lie. `$NAME` is a variable of the job. */
export const paths = z.strictObject({
  runs: path,
  datasets: path,
  models: path,
  images: path,
  software: path,
  cache: path,
  scratch: path,
});

/** One tariff. Per point or per node-hour, by resource type. */
export const price = z.strictObject({
  tariff: line,
  currency: pattern(/^[A-Z]{3}$/, 'a currency of three capital letters, such as JPY'),
  point: maybe(amount),
  points_per_node_hour: maybe(z.record(line, amount)),
  per_node_hour: maybe(z.record(line, amount)),
  source: maybe(line),
  date: maybe(line),
  mark: maybe(z.enum(['P', 'S', 'U', 'I'])),
});

const basis = z.enum(['requested', 'actual']);
export const charge = z.strictObject({
  hold: maybe(basis),
  final: maybe(basis),
  formula: maybe(z.strictObject({ actual: amount, requested: amount })),
  minimum: maybe(seconds),
  by: maybe(z.enum(['job', 'allocation'])),
});

export const site = z.strictObject({ directives: maybe(z.array(line)), submit_args: maybe(z.array(line)) });
export const accounting = z.strictObject({
  required: flag,
  by: z.enum(['directive', 'submit']),
  option: maybe(line),
});

/** Keys that a profile must have. */
export const required = {
  scheduler: z.enum(SCHEDULERS),
  launcher: z.enum(LAUNCHERS),
  runtime: z.enum(RUNTIMES),
  login,
  accounting,
  resource_types: z.record(line, resourceType),
  paths,
};

/** Keys that a profile may have. */
export const optional = {
  note: maybe(text),
  dialect_options: maybe(dialectOptions),
  launcher_args: maybe(z.array(line)),
  services: maybe(z.record(name, service)),
  priorities: maybe(z.record(name, priority)),
  limits: maybe(
    z.strictObject({
      jobs_unfinished: maybe(positive),
      jobs_submitted: maybe(positive),
      jobs_running: maybe(positive),
      array_tasks: maybe(positive),
    }),
  ),
  chain: maybe(z.strictObject({ max_segments: maybe(positive) })),
  site: maybe(site),
  modules: maybe(modules),
  network: maybe(network),
  env: maybe(environment),
  unset: maybe(z.array(variable)),
  prepend: maybe(z.record(variable, z.array(path))),
  ulimit: maybe(z.record(name, z.union([natural, z.literal('unlimited')]))),
  binds: maybe(z.array(bind)),
  filesystems: maybe(z.record(name, filesystem)),
  staging: maybe(z.strictObject({ where: z.enum(['compute', 'login']) })),
  prices: maybe(z.array(price)),
  charge: maybe(charge),
};

export const profile = z.strictObject({
  martlet: z.literal(1),
  name: name,
  title: line,
  read: maybe(line),
  ...required,
  ...optional,
});
