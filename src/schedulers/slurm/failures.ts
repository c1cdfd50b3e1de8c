import type { HistoryRecord } from '../dialect.ts';
import { exitText, signalText } from '../ends.ts';
import { seenOf, stateWord } from './states.ts';

/** Bad ends by Slurm's own word (sacct(1), JOB STATE CODES). */
const BAD: Readonly<Record<string, string>> = {
  TIMEOUT: 'it reached its time limit',
  DEADLINE: 'it could not end before its deadline',
  OUT_OF_MEMORY: 'it used more memory than it had',
  NODE_FAIL: 'a node of it failed',
  BOOT_FAIL: 'a node of it could not be booted',
  PREEMPTED: 'it had to make room for another job',
};

/** 0:53 is Slurm's own: the output file or the working directory could not be opened on the node, so there is no log. */
const NO_OUTPUT = 53;

/** `CODE:SIGNAL` of sacct, or the wait status that squeue prints (256 for exit code 1). */
const endOf = (exitCode: string): { code: number; signal: number } => {
  const pair = /^(\d+):(\d+)$/.exec(exitCode);
  if (pair) return { code: Number(pair[1]), signal: Number(pair[2]) };
  const status = /^\d+$/.test(exitCode) ? Number(exitCode) : 0;
  return { code: (status >> 8) & 0xff, signal: status & 0x7f };
};

const failed = (exitCode: string, reason: string): string => {
  const { code, signal } = endOf(exitCode);
  if (signal === NO_OUTPUT) return 'its output file or its folder could not be opened on the node';
  if (signal > 0) return signalText(signal);
  if (code > 0) return exitText(code);
  return reason && reason !== 'None' ? reason : 'Slurm does not say why';
};

/**
 * With --kill-on-invalid-dep Slurm cancels a job by itself. Accounting names a person who does (`by UID`) and keeps the reason
 * of its waiting; the queue names nobody, and changes the reason.
 */
const cancelled = (state: string, exitCode: string, reason: string): string => {
  const by = / by (\S+)/.exec(state)?.[1];
  if (by !== undefined) return `it was cancelled by user ${by}`;
  const isKept = exitCode.includes(':');
  if (reason === 'DependencyNeverSatisfied' || (isKept && reason === 'Dependency'))
    return 'a job it waited for did not end as it had to';
  return 'it was cancelled';
};

const failureOf = (state: string, exitCode: string, reason: string): string | undefined => {
  const word = stateWord(state);
  if (word === 'CANCELLED') return `${state}: ${cancelled(state, exitCode, reason)}`;
  if (word === 'FAILED') return `FAILED: ${failed(exitCode, reason)}`;
  return BAD[word] === undefined ? undefined : `${word}: ${BAD[word]}`;
};

/** A line of accounting. What is not an end yet, or was never heard of, is open. */
export const recordOf = (state: string, exitCode: string, reason: string): HistoryRecord => {
  const raw = [state, exitCode].filter(Boolean).join(' ');
  if (seenOf(state) !== 'ended') return { raw, open: true };
  const failure = failureOf(state, exitCode, reason);
  return failure === undefined ? { raw } : { raw, failure };
};

/** One record for all lines of an id: open while any element is, a bad end where any element had one. */
export const recordTogether = (elements: readonly (HistoryRecord & { readonly id: string })[]): HistoryRecord => {
  const [only] = elements;
  if (only && elements.length === 1) {
    const { id: _, ...record } = only;
    return record;
  }
  const raw = [...new Set(elements.map(each => each.raw))].sort().join(', ');
  if (elements.some(each => each.open)) return { raw, open: true };
  const bad = elements.filter(each => each.failure !== undefined);
  const [first] = bad;
  return first ? { raw, failure: `${bad.length} of ${elements.length}: ${first.id} ${first.failure}` } : { raw };
};
