import type { Launcher, Spread } from '../launchers/launcher.ts';
import type { PlannedJob } from '../plan/types.ts';
import type { Box, BoxBind, Runtime } from '../runtimes/runtime.ts';
import { pathWord } from '../shell/path.ts';
import type { Word } from '../shell/word.ts';
import { env, lit, lits, word } from '../shell/word.ts';
import { passedNames, secretInside } from './environment.ts';
import type { RenderSite } from './site.ts';

/** One rank per GPU started by the launcher itself; else one torchrun per node, or one program. */
export const isPerGpu = (job: PlannedJob, site: RenderSite): boolean =>
  site.ranks === 'per-gpu' && job.program.start === 'torchrun';

/** The program's words on one node. torchrun's meeting point is fixed: the launcher puts rank 0 where MASTER_ADDR is. */
const programWords = (job: PlannedJob, site: RenderSite): readonly Word[] => {
  const { program, request } = job;
  if (program.start === 'single') return program.argv;
  if (isPerGpu(job, site)) return [lit('python'), ...program.argv];
  return [
    lit('torchrun'),
    word`--nnodes=${request.nodes}`,
    word`--nproc-per-node=${Math.max(1, request.gpusPerNode)}`,
    word`--node-rank=${env('MARTLET_NODE_RANK')}`,
    word`--master-addr=${env('MASTER_ADDR')}`,
    word`--master-port=${env('MASTER_PORT')}`,
    lit('--max-restarts=0'),
    ...program.argv,
  ];
};

/** Folders the program reads or writes wherever the site's own binds point. */
const neededPaths = (job: PlannedJob, site: RenderSite): Needed[] => [
  { path: site.runDir, key: 'paths.runs' },
  ...(site.code === undefined ? [] : [{ path: site.code, key: `environments.${job.engine}.code` }]),
  ...(site.scratch === undefined ? [] : [{ path: site.scratch, key: 'paths.scratch' }]),
  ...job.program.inputs.map(({ kind, path }) => ({ path: kind === 'dataset' ? parent(path) : path, key: 'copies' })),
];

interface Needed {
  readonly path: string;
  /** The overlay's key that says it. */
  readonly key: string;
}

const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

const covers = (bind: RenderSite['binds'][number], path: string): boolean =>
  (bind.to === undefined || bind.to === bind.from) &&
  (path === bind.from || path.startsWith(`${bind.from.replace(/\/$/, '')}/`));

/** The site's binds, and each needed folder that none of them covers, at its own path. */
export const bindsOf = (
  job: PlannedJob,
  site: RenderSite,
): readonly (RenderSite['binds'][number] & { key: string })[] => {
  const binds = site.binds.map((bind, index) => ({ ...bind, key: `binds.${index}` }));
  for (const { path, key } of neededPaths(job, site))
    if (!binds.some(bind => covers(bind, path))) binds.push({ from: path, key });
  return binds;
};

const boxBind = ({ from, to, read_only }: RenderSite['binds'][number]): BoxBind => ({
  from: pathWord(from),
  to: pathWord(to ?? from),
  readOnly: read_only ?? false,
});

/** A secret is read by node.sh; where that runs inside the container, its file must be there too. */
const secretBinds = (runtime: Runtime, site: RenderSite): BoxBind[] =>
  runtime.around === 'node-script'
    ? Object.entries(site.secrets).map(([name, file]) => ({
        from: pathWord(file),
        to: lit(secretInside(name)),
        readOnly: true,
      }))
    : [];

const boxOf = (job: PlannedJob, site: RenderSite, runtime: Runtime): Box => ({
  image: site.image,
  workdir: site.code,
  binds: [...bindsOf(job, site).map(boxBind), ...secretBinds(runtime, site)],
  environment: passedNames(job, site),
  prepend: site.prepend,
  gpus: job.request.gpusPerNode > 0,
});

/** Words of `program()` in node.sh. */
export const insideWords = (job: PlannedJob, site: RenderSite, runtime: Runtime): readonly Word[] => {
  const argv = programWords(job, site);
  return runtime.around === 'program' ? runtime.box(argv, boxOf(job, site, runtime)).argv : argv;
};

const shapeOf = (job: PlannedJob, site: RenderSite): Spread => ({
  nodes: job.program.start === 'single' ? 1 : job.request.nodes,
  ranksPerNode: ranksPerNode(job, site),
  args: site.launcherArgs,
  carry: ['PATH', 'LD_LIBRARY_PATH'],
});

export const ranksPerNode = (job: PlannedJob, site: RenderSite): number =>
  isPerGpu(job, site) ? Math.max(1, job.request.gpusPerNode) : 1;

/** Words of `launch()` in job.sh: node.sh on every node, by the launcher, in the container where that is a launcher's flag. */
export const launchWords = (
  job: PlannedJob,
  site: RenderSite,
  launcher: Launcher,
  runtime: Runtime,
): readonly Word[] => {
  const nodeScript: readonly Word[] = [...lits('bash', `${job.dir}/node.sh`), [env('MARTLET_ENV')]];
  const boxed =
    runtime.around === 'node-script'
      ? runtime.box(nodeScript, boxOf(job, site, runtime))
      : { argv: nodeScript, launcherFlags: [] };
  return launcher.spread(boxed, shapeOf(job, site));
};
