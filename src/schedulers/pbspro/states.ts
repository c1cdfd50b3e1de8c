import type { Seen, SeenJob } from '../dialect.ts';
import type { Attributes } from './attributes.ts';

/** Job states (PBS Reference Guide, "Job States"; qstat(1B)). F and X say finished, not succeeded. */
const SEEN: Readonly<Record<string, Seen>> = {
  Q: 'queued',
  T: 'queued', // on its way to another server or queue
  W: 'queued', // its start time has not come
  H: 'held',
  R: 'running',
  S: 'suspended',
  U: 'suspended', // the workstation's owner is at it
  E: 'ending',
  F: 'ended',
  X: 'ended', // an element of an array that is not over
  M: 'unknown', // moved to another server, which knows it
};

/** 41: sent to its node; 71: the node is being provisioned; 72: waits to join its nodes. A few seconds each. */
const STARTING: readonly string[] = ['41', '71', '72'];

/** `Queued:0 Running:4 Exiting:0 Expired:0`. */
const elements = (counts: string, name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(counts)?.[1] ?? 0);

/** B: an array has begun. Its elements are not listed, but counted. */
const arraySeen = (job: Attributes): Seen => {
  const counts = job.get('array_state_count') ?? '';
  if (counts === '' || elements(counts, 'Running') > 0) return 'running';
  if (elements(counts, 'Queued') > 0) return job.get('Hold_Types') === 'n' ? 'queued' : 'held';
  return elements(counts, 'Exiting') > 0 ? 'ending' : 'running';
};

/** The state first: a job that waits again after a dead node still has the Exit_status of its last run. */
export const seenOf = (job: Attributes): Seen => {
  const state = job.get('job_state') ?? '';
  if (state === 'B') return arraySeen(job);
  if (state === 'R' && STARTING.includes(job.get('substate') ?? '')) return 'starting';
  return SEEN[state] ?? 'unknown';
};

/** `H 22`, `F 93 Exit_status=-29`. */
export const rawOf = (job: Attributes): string => {
  const exit = job.get('Exit_status');
  const words = [job.get('job_state') ?? '', job.get('substate') ?? ''];
  return [...words, ...(exit === undefined ? [] : [`Exit_status=${exit}`])].filter(Boolean).join(' ');
};

const WAITS: readonly Seen[] = ['queued', 'held'];

export const seenJob = (job: Attributes): SeenJob => {
  const seen = seenOf(job);
  const runs = Number(job.get('run_count') ?? Number.NaN);
  const reason = WAITS.includes(seen) ? job.get('comment') : undefined;
  return {
    seen,
    raw: rawOf(job),
    ...(reason === undefined ? {} : { reason }),
    ...(Number.isNaN(runs) ? {} : { restarts: Math.max(0, runs - 1) }),
  };
};
