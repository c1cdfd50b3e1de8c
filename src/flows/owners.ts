import type { Tracked, TrackedJob } from '../plan/tracked.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import { ASK_MS, findTokens } from './walk.ts';
import type { World } from './world.ts';

/** A run's own store, and the way to its cluster. */
interface Where {
  readonly file: Tracked;
  readonly store: Store;
  readonly remote: Remote;
}

export interface Owned {
  /** Native ids that the queue has under the job's own name. */
  readonly ids: readonly string[];
  /** Why it is not known whose they are: the queue did not answer. */
  readonly trouble?: string | undefined;
}

/** The queue has the id and does not know the name: the number was given to another job, and ours has left no trace. */
const noteReused = (job: TrackedJob, store: Store, world: World): void => {
  const { attempt = 1, boot, nativeId } = store.record(job.id) ?? {};
  const reason = `${nativeId} is another job's id now, and no job in the queue has this one's name`;
  const event = { kind: 'given-up', attempt, reason, reused: true } as const;
  store.append(job.id, `given-up:${attempt}.${boot}`, world.clock().toISOString(), event);
};

/** Ids that are in the queue all the same, whatever their name: asked after the names, so that none of them just ended. */
const stillThere = async (ids: readonly string[], { file, remote }: Where): Promise<ReadonlySet<string>> => {
  const { scheduler, options } = file.plan.cluster;
  const dialect = dialectOf(scheduler);
  if (ids.length === 0) return new Set();
  const polled = dialect.readPoll(await remote.run(dialect.poll(ids, options), { timeoutMs: ASK_MS }), ids);
  if (polled.kind !== 'answered') return new Set();
  return new Set(ids.filter(id => !['ended', 'unknown', undefined].includes(polled.jobs.get(id)?.seen)));
};

/**
 * Which of these jobs' ids are theirs, by name and with one question: ids are used again after a new installation of the
 * scheduler or when its counter has gone round, and nothing may be told to a job of somebody else. A job whose id was given
 * away is given up. A queue of our own gives no id twice.
 */
export const ownIds = async (jobs: readonly TrackedJob[], where: Where, world: World): Promise<Owned> => {
  const { file, store, remote } = where;
  const idOf = (job: TrackedJob): string => store.record(job.id)?.nativeId ?? '';
  const sent = jobs.filter(job => idOf(job) !== '');
  if (dialectOf(file.plan.cluster.scheduler).isOwn || sent.length === 0) return { ids: sent.map(idOf) };
  const names = sent.flatMap(job => store.record(job.id)?.name ?? []);
  const found = await findTokens(names, file.plan.cluster, remote);
  if (found.kind === 'trouble') return { ids: [], trouble: found.said };
  const known = found.queued ?? new Set([...found.ids.values()].flat());
  const strangers = await stillThere(
    sent.map(idOf).filter(id => !known.has(id)),
    where,
  );
  for (const job of sent) if (strangers.has(idOf(job))) noteReused(job, store, world);
  return { ids: sent.map(idOf).filter(id => known.has(id)) };
};
