import { attemptFolder } from '../model/job.ts';
import type { TrackedJob } from '../plan/tracked.ts';
import type { JobRecord } from '../state/events.ts';
import type { LookAt } from './look.ts';
import { isEnded, isTakenBack, type OpenRun } from './records.ts';

/** The newest attempt of a job whose end is not known for certain. */
export interface Attempt {
  readonly run: OpenRun;
  readonly job: TrackedJob;
  readonly record: JobRecord;
  readonly folder: string;
}

/** Ends that an exit file, or a sighting, may still correct: nobody has read the job's own verdict. */
const isCorrectable = ({ state, outcome, boot, endedAt }: JobRecord, now: Date): boolean => {
  if (state === 'lost' || state === 'unsure') return true;
  if (outcome !== undefined) return false;
  // A cancelled job that had begun may have completed before it heard of it, or been taken back by its scheduler.
  const isRecent = now.getTime() - Date.parse(endedAt ?? '') < LATE_MS;
  return state === 'failed' || (state === 'cancelled' && boot > 0 && isRecent);
};

/** So long after a cancel news of its jobs are still looked for; a shared disk shows a file to others within a minute. */
const LATE_MS = 900_000;

/** The queue had it when it was asked last. */
const isInQueue = ({ sighting }: JobRecord): boolean =>
  sighting !== undefined && sighting.seen !== 'ended' && sighting.seen !== 'unknown';

/**
 * A job that ended, as it seemed, stays in the queue when its scheduler starts it again: by its own word it was ended by a signal,
 * or it was cancelled, left no word, and was seen in the queue afterwards.
 */
export const mayStartAgain = (record: JobRecord): boolean => {
  if (record.nativeId === undefined || record.stopRequested) return false;
  if (isTakenBack(record)) return record.sighting?.seen !== 'ended';
  return record.state === 'cancelled' && record.outcome === undefined && isInQueue(record);
};

/** Attempts of a run that were asked for and may still have something to say. */
export const openAttempts = (run: OpenRun, now: Date): Attempt[] => {
  const records = run.store.records();
  return run.file.plan.jobs.flatMap(job => {
    const record = records.get(job.id);
    if (!record || record.attempt === 0) return [];
    if (isEnded(record) && !isCorrectable(record, now) && !mayStartAgain(record)) return [];
    return [{ run, job, record, folder: attemptFolder(job.key, record.attempt) }];
  });
};

/** What its record says now. */
export const recordNow = ({ run, job, record }: Attempt): JobRecord => run.store.record(job.id) ?? record;

/** Waits in the queue, with an answer: nothing of its folder can have changed. */
export const isWaiting = ({ record }: Attempt): boolean =>
  record.nativeId !== undefined && record.boot === 0 && (record.state === 'queued' || record.state === 'held');

export const lookAt = ({ run, folder, record }: Attempt): LookAt => ({
  runDir: run.file.plan.runDir,
  folder,
  diaryByte: run.store.cursor(`${folder}/events.jsonl`),
  logByte: run.store.cursor(`${folder}/log.txt`),
  wantsAnswer: record.nativeId === undefined,
});
