import { failureOf, printed, textOf } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { differs, ok, okIf, type Said, unknown } from '../finding.ts';
import { programIn, secondsIn } from './examined.ts';
import { bytesIn, objectsIn } from './pbspro-attributes.ts';
import { compareType, type Given, missingQueue, typesOf, unnamedQueue } from './types.ts';

export const askQueues = (site: Site): Ask => askRun([programIn(site, 'qstat'), '-Qf']);

type Queue = ReadonlyMap<string, string>;

const numberIn = (text: string | undefined): number | undefined =>
  /^\d+$/.test(text ?? '') ? Number(text) : undefined;

/** A queue's limits are for a whole job, so they bound one node of it as well. */
const givenBy = (queue: Queue): Given => ({
  walltimeSeconds: secondsIn(queue.get('resources_max.walltime')) ?? Number.POSITIVE_INFINITY,
  nodes: numberIn(queue.get('resources_max.nodect') ?? queue.get('resources_max.nodes')),
  gpusPerNode: numberIn(queue.get('resources_max.ngpus')),
  cpusPerNode: numberIn(queue.get('resources_max.ncpus')),
  memoryBytes: bytesIn(queue.get('resources_max.mem')),
});

const closedBy = (queue: Queue): string | undefined => {
  const isOff = (key: string): boolean => /^false$/i.test(queue.get(key) ?? 'True');
  if (isOff('enabled')) return 'not enabled: it takes no jobs';
  if (isOff('started')) return 'not started: jobs wait in it';
  return undefined;
};

const admission = (site: Site, { hello }: Facts, name: string, queue: Queue): Said[] => {
  if (!/^true$/i.test(queue.get('acl_group_enable') ?? '')) return [];
  const allowed = (queue.get('acl_groups') ?? '').split(',').filter(Boolean);
  const groups = (textOf(hello, 'groups') ?? '').split(' ');
  if (allowed.some(each => groups.includes(each.replace(/^\+/, '')))) return [];
  return [
    differs(`${name}: admission`, `only for the groups ${allowed.join(', ')}`, {
      claimed: 'open to you',
      source: sourceOf(site, `resource_types.${name}.queue`),
      todo: 'ask to be let in, or name another queue.',
    }),
  ];
};

const oneType = (site: Site, facts: Facts, name: string, queues: ReadonlyMap<string, Queue>): Said[] => {
  const type = site.profile.resource_types[name];
  if (!type) return [];
  const known = [...queues.keys()];
  if (type.queue === undefined) return [unnamedQueue(site, name, 'queue', known)];
  const queue = queues.get(type.queue);
  if (!queue) return [missingQueue(site, name, 'queue', type.queue, known)];
  const closed = closedBy(queue);
  const kind = queue.get('queue_type') ?? 'Execution';
  return [
    okIf(closed === undefined, 'differs', `${name}: queue`, closed ?? `${type.queue}, open (${kind.toLowerCase()})`, {
      claimed: type.queue,
      source: sourceOf(site, `resource_types.${name}.queue`),
      todo: `wait, or name another queue (${known.join(', ')}).`,
    }),
    ...admission(site, facts, name, queue),
    ...compareType(site, name, type, givenBy(queue)),
  ];
};

/** A reservation is a queue of its own, named by its id. */
const reservation = (site: Site, queues: ReadonlyMap<string, Queue>): Said[] => {
  const id = site.reservation;
  if (id === undefined) return [];
  const queue = queues.get(id);
  const source = sourceOf(site, 'reservation');
  if (!queue)
    return [
      differs('reservation', 'no queue of this name', {
        claimed: id,
        source,
        todo: 'pbs_rstat (on ABCI qrstat) lists those there are.',
      }),
    ];
  return [ok('reservation', closedBy(queue) ?? 'open', { claimed: id, source })];
};

/** The profile's resource types against the queues. */
export const readQueues = (site: Site, facts: Facts): Said[] => {
  const answer = facts.of(askQueues(site));
  const text = printed(answer);
  if (!text?.trim()) return [unknown('queues', failureOf(answer), { claimed: 'those of resource_types' })];
  const queues = new Map(objectsIn(text));
  return [
    ...typesOf(site, 'queue').flatMap(([name]) => oneType(site, facts, name, queues)),
    ...reservation(site, queues),
  ];
};
