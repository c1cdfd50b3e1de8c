import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { ResourceType } from '../cluster/schema.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { formatSeconds } from '../model/units.ts';
import type { Stage } from '../recipe/schema.ts';

/** Nodes of one kind for a stage. walltimeSeconds is the longest one job may ask for here; Infinity: no limit. */
export interface Allocation {
  readonly type: string;
  readonly kind: ResourceType;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly world: number;
  readonly walltimeSeconds: number;
}

type Types = readonly (readonly [string, ResourceType])[];
type Resources = Stage['resources'];

const error = (what: string, path: string, why?: string, hint?: string): Checked<never> => ({
  diagnostics: [{ code: 'MRT-P001', severity: 'error', what, why, hint, path }],
});

/** Smallest by GPUs, then by cores: what costs least. */
const smallestFirst = (types: Types): Types =>
  [...types].sort(([, a], [, b]) => a.gpus - b.gpus || (a.cpus ?? 0) - (b.cpus ?? 0));

/** The site's type for a stage: the one it names, the smallest that holds a small job, else the default (whole nodes). */
const chooseType = (resources: Resources, types: Types, fallback: string): Types[number] | undefined => {
  if (resources.type !== undefined) return types.find(([name]) => name === resources.type);
  const whole = types.find(([name]) => name === fallback);
  const { gpus, nodes, cpus = 1, memory = 0 } = resources;
  if (nodes !== undefined || gpus === 'auto' || !whole) return whole;
  const fits = (kind: ResourceType): boolean =>
    (gpus === undefined ? kind.gpus === 0 : kind.gpus >= gpus) &&
    (kind.cpus ?? 0) >= cpus &&
    (kind.memory ?? Number.POSITIVE_INFINITY) >= memory;
  if (gpus !== undefined && gpus > whole[1].gpus) return whole;
  return smallestFirst(types).find(([, kind]) => fits(kind)) ?? whole;
};

const nodesFor = (resources: Resources, kind: ResourceType, forced: number | undefined): number | undefined => {
  if (forced !== undefined) return forced;
  if (typeof resources.nodes === 'number') return resources.nodes;
  if (typeof resources.gpus !== 'number' || kind.gpus === 0) return 1;
  if (resources.gpus <= kind.gpus) return 1;
  return Number.isInteger(resources.gpus / kind.gpus) ? resources.gpus / kind.gpus : undefined;
};

const limitsBroken = (found: Allocation, cluster: ResolvedCluster, path: string): Diagnostic[] => {
  const range = cluster.service?.nodes ?? found.kind.nodes;
  if (!range || (found.nodes >= range.min && found.nodes <= range.max)) return [];
  return [
    {
      code: 'MRT-P002',
      severity: 'error',
      what: `${found.nodes} nodes of ${found.type} are more than ${cluster.name} gives one job.`,
      why: `${found.type} takes ${range.min === range.max ? range.min : `${range.min} to ${range.max}`} nodes (${cluster.origin(`resource_types.${found.type}.nodes`)}).`,
      hint: found.gpusPerNode > 0 ? `at most ${range.max * found.gpusPerNode} GPUs here.` : undefined,
      path,
    },
  ];
};

/** Nodes, their kind and the walltime limit for one stage on one cluster. `forced`: --nodes of the command line. */
export const allocate = (
  name: string,
  stage: Stage,
  cluster: ResolvedCluster,
  forced?: number,
): Checked<Allocation> => {
  const types = Object.entries(cluster.profile.resource_types);
  const { resources } = stage;
  const chosen = chooseType(resources, types, cluster.resourceType);
  const path = `stages.${name}.resources`;
  if (!chosen) {
    const known = types.map(([each]) => each).join(', ');
    return error(
      `${cluster.name} has no resource type "${resources.type}".`,
      `${path}.type`,
      undefined,
      `known: ${known}.`,
    );
  }
  const [type, kind] = chosen;
  const nodes = nodesFor(resources, kind, forced);
  if (nodes === undefined) {
    const per = kind.gpus;
    const below = Math.floor((resources.gpus as number) / per) * per;
    return error(
      `${resources.gpus} GPUs are not whole nodes of ${type} (${per} GPUs each).`,
      `${path}.gpus`,
      'a job of several nodes takes whole ones.',
      `${below} or ${below + per} fit.`,
    );
  }
  if (resources.gpus === 'auto' || resources.nodes === 'auto')
    return error(
      'gpus: auto is not in this version.',
      `${path}.${resources.gpus === 'auto' ? 'gpus' : 'nodes'}`,
      undefined,
      'write a number of GPUs.',
    );
  const limit = cluster.service?.walltime ?? kind.walltime ?? Number.POSITIVE_INFINITY;
  // One GPU of a shared type: the job sees what it asked for, not the node's all.
  const gpusPerNode = typeof resources.gpus === 'number' ? Math.min(resources.gpus, kind.gpus) : kind.gpus;
  const found: Allocation = { type, kind, nodes, gpusPerNode, world: nodes * gpusPerNode, walltimeSeconds: limit };
  const over =
    resources.walltime !== undefined && resources.walltime > limit
      ? [tooLong(resources.walltime, found, cluster, `${path}.walltime`)]
      : [];
  const diagnostics = [
    ...limitsBroken(found, cluster, `${path}.${resources.gpus === undefined ? 'nodes' : 'gpus'}`),
    ...over,
  ];
  return diagnostics.length > 0 ? { diagnostics } : { value: found, diagnostics };
};

const tooLong = (asked: number, found: Allocation, cluster: ResolvedCluster, path: string): Diagnostic => ({
  code: 'MRT-P002',
  severity: 'error',
  what: `a walltime of ${formatSeconds(asked)} is over the limit of ${formatSeconds(found.walltimeSeconds)}.`,
  why: `${found.type} on ${cluster.name} (${cluster.origin(`resource_types.${found.type}.walltime`)}).`,
  hint: 'leave walltime out: a stage that needs longer becomes a chain of jobs.',
  path,
});
