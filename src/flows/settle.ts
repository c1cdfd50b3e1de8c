import { type Attempt, recordNow } from './attempts.ts';
import type { Asking } from './round.ts';
import { ASK_MS, settleLost } from './walk.ts';

/**
 * How long the exit file of a job is waited for that accounting already calls failed, seconds: shared disks show a file to
 * other machines late (30 s and more were seen on NFS).
 */
const LATE_FILE_SECONDS = 45;

const secondsGone = (each: Attempt, now: Date): number | undefined => {
  const since = recordNow(each).sighting?.at;
  return since === undefined ? undefined : (now.getTime() - Date.parse(since)) / 1000;
};

/**
 * Jobs the queue no longer knows and that left no exit file: accounting's positive record of a bad end, else given up when
 * the grace time is over. Answers why, when accounting did not answer: then nothing is concluded.
 */
export const settleGone = async (gone: readonly Attempt[], asking: Asking): Promise<string | undefined> => {
  const { dialect, options, remote, world } = asking;
  const now = world.clock();
  const late = gone.filter(each => (secondsGone(each, now) ?? 0) >= Math.min(LATE_FILE_SECONDS, dialect.graceSeconds));
  const ids = late.flatMap(each => each.record.nativeId ?? []);
  if (ids.length === 0) return undefined;
  const answer = dialect.readHistory(await remote.run(dialect.history(ids, options), { timeoutMs: ASK_MS }), ids);
  if (answer.kind === 'trouble') return answer.said;
  for (const each of late) {
    const found = answer.records.get(each.record.nativeId ?? '');
    if (found?.open) continue;
    if (found?.failure) noteAccounted(each, found.failure, found.raw, now);
    else if ((secondsGone(each, now) ?? 0) >= dialect.graceSeconds) noteGivenUp(each, found?.raw, now);
  }
  return undefined;
};

const noteAccounted = ({ run, job, record }: Attempt, failure: string, raw: string, now: Date): void => {
  const { attempt, boot } = record;
  const event = { kind: 'accounted', attempt, failure, raw } as const;
  run.store.append(job.id, `accounted:${attempt}.${boot}`, now.toISOString(), event);
};

/** A record of an end that says nothing bad is no success either: only the exit file is. */
const noteGivenUp = ({ run, job, record }: Attempt, raw: string | undefined, now: Date): void => {
  const { attempt, boot } = record;
  const reason = raw === undefined ? 'gone from the queue, no exit file, no record' : `${raw}, but no exit file`;
  run.store.append(job.id, `given-up:${attempt}.${boot}`, now.toISOString(), { kind: 'given-up', attempt, reason });
};

/** A walk under way answers by itself; after this time somebody who asked and did not answer is looked up, seconds. */
const ANSWER_SECONDS = 30;

/** Asked for, as far as anybody knows, and without an answer for a while. */
const isUnanswered = (each: Attempt, now: Date): boolean => {
  const { nativeId, name, state, boot, submittedAt } = recordNow(each);
  if (nativeId !== undefined || name === undefined || boot > 0) return false;
  if (state === 'unsure') return true;
  return state === 'submitting' && now.getTime() - Date.parse(submittedAt ?? '') > ANSWER_SECONDS * 1000;
};

/** Answers that were lost, looked up by token with one question. Answers why, when the queue did not answer. */
export const settleUnsure = (attempts: readonly Attempt[], asking: Asking): Promise<string | undefined> => {
  const { dialect, options, remote, world } = asking;
  const lost = attempts.filter(each => isUnanswered(each, world.clock()));
  return settleLost(
    lost.map(({ job, run }) => ({ job, store: run.store })),
    { scheduler: dialect.id, options },
    remote,
    world.clock,
  );
};
