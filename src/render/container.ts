import { canonicalJson } from '../model/canonical.ts';
import type { PlannedJob } from '../plan/types.ts';
import { secretInside } from './environment.ts';
import type { RenderSite } from './site.ts';

/** One folder or file that a job which is a container is given; `missing`: what is done when the machine has none. */
interface Mount {
  readonly from: string;
  readonly to?: string | undefined;
  readonly read_only?: true | undefined;
  readonly missing: 'make' | 'skip' | 'refuse';
  /** The profile's or overlay's key that says it. */
  readonly key: string;
}

const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

const covers = ({ from, to }: Mount, path: string): boolean =>
  (to === undefined || to === from) && (path === from || path.startsWith(`${from.replace(/\/$/, '')}/`));

/** What is made when it is missing is martlet's own to fill; code and a virtual environment may be in the image instead. */
const asked = (job: PlannedJob, site: RenderSite): Mount[] => [
  ...site.binds.map(
    ({ from, to, read_only }, i): Mount => ({
      from,
      to,
      read_only: read_only ? true : undefined,
      missing: 'refuse',
      key: `binds.${i}`,
    }),
  ),
  { from: site.runDir, missing: 'refuse', key: 'paths.runs' },
  ...(site.places ?? []).map((from): Mount => ({ from, missing: 'make', key: 'paths' })),
  ...[site.cache, site.scratch].flatMap((from): Mount[] => (from ? [{ from, missing: 'make', key: 'paths' }] : [])),
  ...job.program.inputs.map(
    ({ kind, path }): Mount => ({ from: kind === 'dataset' ? parent(path) : path, missing: 'refuse', key: 'copies' }),
  ),
  ...(site.code ? [{ from: site.code, missing: 'skip', key: `environments.${job.engine}.code` } as const] : []),
  ...(site.activate
    ? [{ from: parent(parent(site.activate)), missing: 'skip', key: `environments.${job.engine}.activate` } as const]
    : []),
];

const secrets = ({ secrets: files }: RenderSite): Mount[] =>
  Object.entries(files).map(([name, from]) => ({
    from,
    to: secretInside(name),
    read_only: true,
    missing: 'skip',
    key: `secrets.${name}`,
  }));

/** The Node that runs a rehearsal's trainer is this machine's, so the image needs only the C++ library. */
const trainer = ({ rehearsal }: RenderSite): Mount[] =>
  rehearsal ? [{ from: rehearsal.node, read_only: true, missing: 'refuse', key: 'paths' }] : [];

/** Everything the job's container is given, each at its own path where none of the others has it already. */
export const mountsOf = (job: PlannedJob, site: RenderSite): readonly Mount[] => {
  const mounts: Mount[] = [];
  for (const each of [...asked(job, site), ...trainer(site)])
    if (each.to !== undefined || !mounts.some(mount => covers(mount, each.from))) mounts.push(each);
  return [...mounts, ...secrets(site)];
};

/** container.json: what a job's container is made from, where the scheduler makes each job one. Read by src/docker. */
export const containerText = (job: PlannedJob, site: RenderSite): string => {
  const value = {
    image: site.image,
    // A rehearsal trains on the processor.
    gpus: site.rehearsal ? 0 : job.request.gpusPerNode,
    ...(site.share?.cpus === undefined ? {} : { cpus: site.share.cpus }),
    ...(site.share?.memoryBytes === undefined ? {} : { memory_bytes: site.share.memoryBytes }),
    mounts: mountsOf(job, site).map(({ key: _, ...mount }) => mount),
  };
  return `${canonicalJson(value, 2)}\n`;
};
