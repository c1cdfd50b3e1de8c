import type { Tracked, TrackedJob } from '../plan/tracked.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import type { World } from './world.ts';

/** A run's own store, and the way to its cluster. */
interface Where {
  readonly file: Tracked;
  readonly store: Store;
  readonly remote: Remote;
}

export interface Owned {
  /** Native ids that the queue or its history has under the job's own name. */
  readonly ids: readonly string[];
  /** Why it is not known whose they are: the queue did not answer. */
  readonly trouble?: string | undefined;
}

const isThere = (seen: string): boolean => seen !== 'ended' && seen !== 'unknown';

/** The queue has the id and does not know the name: the number was given to another job, and ours has left no trace. */
const noteReused = (job: TrackedJob, store: Store, world: World): void => {
  const { attempt, boot, nativeId } = store.record(job.id) ?? {};
  const last = store.newestEvents(job.id, 'queue-seen', 1)[0]?.event;
  if (last?.kind !== 'queue-seen' || last.attempt !== attempt || !isThere(last.seen)) return;
  const reason = `${nativeId} is another job's id now, and no job has this one's name`;
  const event = { kind: 'given-up', attempt: last.attempt, reason } as const;
  store.append(job.id, `given-up:${attempt}.${boot}`, world.clock().toISOString(), event);
};

/**
 * Which of these jobs' ids are theirs, by name and with one question: ids are used again after a new installation of the
 * scheduler or when its counter has gone round, and nothing may be told to a job of somebody else. A job whose id was given
 * away is given up. A queue of our own gives no id twice.
 */
export const ownIds = async (
  jobs: readonly TrackedJob[],
  { file, store, remote }: Where,
  world: World,
): Promise<Owned> => {
  const { scheduler, options } = file.plan.cluster;
  const dialect = dialectOf(scheduler);
  const idOf = (job: TrackedJob): string => store.record(job.id)?.nativeId ?? '';
  const sent = jobs.filter(job => idOf(job) !== '');
  if (dialect.isOwn || sent.length === 0) return { ids: sent.map(idOf) };
  const names = sent.flatMap(job => store.record(job.id)?.name ?? []);
  const found = dialect.readFind(await remote.run(dialect.find(names, options)), names);
  if (found.kind === 'trouble') return { ids: [], trouble: found.said };
  const known = new Set([...found.ids.values()].flat());
  for (const job of sent) if (!known.has(idOf(job))) noteReused(job, store, world);
  return { ids: sent.map(idOf).filter(id => known.has(id)) };
};
