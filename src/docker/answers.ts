import { basename } from 'node:path';
import { statusOf } from './engine.ts';
import {
  cancelAge,
  endedAt,
  exitOf,
  isClaimed,
  phaseOf,
  queueOf,
  reasonOf,
  type SpoolJob,
  startedAt,
} from './spool.ts';
import type { Surveyed } from './survey.ts';

type Seen = 'queued' | 'held' | 'starting' | 'running' | 'suspended' | 'ending' | 'stuck' | 'ended' | 'unknown';

export interface PollLine {
  readonly id: string;
  readonly seen: Seen;
  readonly reason?: string;
  /** Without times, so that the same state is the same text. */
  readonly raw: string;
}

/** What the engine's word for a container means; a container that runs may still wait. */
const STATES: Readonly<Record<string, Seen>> = {
  created: 'queued',
  running: 'running',
  paused: 'suspended',
  restarting: 'starting',
  removing: 'ending',
  stopping: 'ending',
  exited: 'ended',
  dead: 'ended',
};

const WHYS: Readonly<Record<string, string>> = {
  timeout: 'TIMEOUT',
  cancelled: 'CANCELLED',
  stopped: 'STOPPED: its container was told to end from outside',
  oom: 'OUT_OF_MEMORY',
  never: 'DependencyNeverSatisfied',
  removed: 'REMOVED: its container was removed before its end was seen',
  'no-folder': 'FAILED: its folder cannot be entered in the container',
  'no-output': 'FAILED: its output file cannot be written in the container',
  'no-flock': 'FAILED: the image has no flock (util-linux)',
};

/** How it ended, in the words other schedulers have for it. */
const endOf = (folder: string): string => {
  const exit = exitOf(folder);
  if (!exit) return 'no record of its end';
  if (exit.why === 'exited') return `exit ${exit.code}`;
  if (exit.why === 'killed') return `NODE_FAIL: its container was killed from outside (code ${exit.code})`;
  return WHYS[exit.why] ?? exit.why;
};

const runningSeen = (folder: string): { seen: Seen; reason?: string } => {
  // Written last of all. Its container may be listed as running for a moment; a job whose engine is not asked has ended, too.
  if (exitOf(folder)) return { seen: 'ended' };
  if (cancelAge(folder) !== undefined) return { seen: 'ending' };
  if (!isClaimed(folder)) return { seen: 'starting' };
  const phase = phaseOf(folder);
  if (phase === 'started') return { seen: 'running' };
  if (phase === 'held') return { seen: 'held', reason: 'JobHeldUser' };
  const reason = reasonOf(folder);
  return { seen: 'queued', ...(reason === undefined ? {} : { reason }) };
};

const seenOf = ({ job, isHere, listed, stuck }: Surveyed): { seen: Seen; reason?: string } => {
  if (stuck !== undefined) return { seen: 'stuck', reason: stuck };
  if (!listed) return { seen: 'ended' };
  const seen = STATES[listed.state] ?? 'unknown';
  if (!isHere) return { seen };
  if (seen === 'running') return runningSeen(job.folder);
  // Cancelled before it was started, so it will never run.
  if (seen === 'queued' && exitOf(job.folder)) return { seen: 'ended' };
  return { seen };
};

const rawOf = ({ job, listed, isHere }: Surveyed, seen: Seen, reason: string | undefined): string => {
  if (seen === 'ended')
    return isHere ? `ended: ${endOf(job.folder)}` : `${listed?.state ?? 'removed'} (${listed?.code ?? '?'})`;
  if (seen === 'unknown') return listed?.state ?? '';
  return reason === undefined ? seen : `${seen}: ${reason}`;
};

export const pollLine = (each: Surveyed): PollLine => {
  const { seen, reason } = seenOf(each);
  return { id: each.job.id, seen, ...(reason === undefined ? {} : { reason }), raw: rawOf(each, seen, reason) };
};

/** What a job is found by: its name, and the token that was given to it. */
export const findLine = ({
  job: { id, name, token },
}: Surveyed): { id: string; name: string; token: string | null } => ({
  id,
  name,
  token,
});

export interface HistoryLine {
  readonly id: string;
  readonly raw: string;
  /** A bad end; missing when it ended by itself with 0. */
  readonly failure?: string;
  readonly code: number | null;
  readonly submitted: string;
  readonly started: string | null;
  readonly ended: string | null;
}

/** What the engine keeps of an ended container and no list shows. */
const stateOf = async ({ listed }: Surveyed) => {
  if (!listed) return undefined;
  try {
    return (await listed.engine.docker.getContainer(listed.id).inspect()).State;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
};

/** Whatever killed it, want of memory is the better word; and an engine's own error is worth reading. */
const failureOf = (end: string, isOom: boolean, error: string): string => {
  const word = isOom && /^(exit|NODE_FAIL)/.test(end) ? `OUT_OF_MEMORY: ${end}` : end;
  return error === '' ? word : `${word}; the engine says: ${error}`;
};

/** Accounting: how a job ended; undefined for one that has not. */
export const historyLine = async (each: Surveyed): Promise<HistoryLine | undefined> => {
  const { job, isHere } = each;
  if (pollLine(each).seen !== 'ended') return undefined;
  const state = await stateOf(each);
  const exit = exitOf(job.folder);
  const end = isHere ? endOf(job.folder) : `exit ${state?.ExitCode ?? '?'}`;
  const failure = end === 'exit 0' ? undefined : failureOf(end, state?.OOMKilled ?? false, state?.Error ?? '');
  return {
    id: job.id,
    raw: failure ?? end,
    ...(failure === undefined ? {} : { failure }),
    code: exit?.code ?? state?.ExitCode ?? null,
    submitted: job.submitted,
    started: (isHere && startedAt(job.folder)) || null,
    ended: (isHere && endedAt(job.folder)) || (state?.FinishedAt ? new Date(state.FinishedAt).toISOString() : null),
  };
};

export interface WhyLine extends PollLine {
  /** Ids of the jobs it waits for that have not ended. */
  readonly waitsFor: readonly string[];
  /** Its place among those that wait for a slot. */
  readonly position?: { readonly place: number; readonly of: number };
}

const placeOf = (job: SpoolJob, place: string): WhyLine['position'] | undefined => {
  const queue = queueOf(place);
  const at = queue.findIndex(ticket => ticket.slice(ticket.indexOf('.') + 1) === job.name);
  return at < 0 ? undefined : { place: at + 1, of: queue.length };
};

/** Why a job waits; undefined for one that does not. */
export const whyLine = (each: Surveyed, all: readonly SpoolJob[], place: string): WhyLine | undefined => {
  const line = pollLine(each);
  if (!['queued', 'held', 'stuck', 'starting'].includes(line.seen)) return undefined;
  const waitsFor = each.job.after
    .map(({ id }) => id)
    .filter(id => {
      const parent = all.find(job => job.id === id);
      return parent !== undefined && exitOf(parent.folder) === undefined;
    });
  const position = placeOf(each.job, place);
  return { ...line, waitsFor, ...(position ? { position } : {}) };
};

/** The queue as a table for a person. */
export const table = (all: readonly Surveyed[]): string[] =>
  all.map(each => {
    const { id, seen, reason } = pollLine(each);
    return [id, seen, reason ?? '-', each.job.name, basename(each.job.engine)].join('\t');
  });
