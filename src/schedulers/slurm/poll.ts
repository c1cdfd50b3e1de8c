import { silence, unreadable } from '../answer.ts';
import type { Dialect, Seen, SeenJob } from '../dialect.ts';
import { jobsOf } from '../elements.ts';
import { programPath } from '../words.ts';
import { ask } from './programs.ts';
import { seenOf } from './states.ts';
import { readTable } from './table.ts';

/**
 * All jobs of this person, however many are meant: squeue gives one unknown id among others no word and one alone exit 1.
 * ArrayJobID is the id that sbatch gave for arrays and single jobs alike; what waits of an array is one line, and no list of
 * its tasks has to be read. `:|` without a number keeps a field whole; names are never asked for, they may hold anything.
 * `--all`: partitions that are hidden. `--states=all`: jobs that ended within MinJobAge, too.
 */
const FIELDS = 'ArrayJobID:|,State:|,RestartCnt:|,Reason:';

export const poll: Dialect['poll'] = (_, options) =>
  ask(options, [programPath('squeue', options.bin), '--me', '--all', '--states=all', `--Format=${FIELDS}`]);

/** Complaints with exit code 0, as when one controller of several does not answer. */
const UNREACHED = /Unable to contact slurm controller|Socket timed out|Zero Bytes were transmitted/;

/** A job that runs or has ended keeps the reason of its waiting; that is no reason any more. */
const WAITS: readonly Seen[] = ['queued', 'held', 'stuck'];

const seenJob = ([state = '', restarts = '', reason = '']: readonly string[]): SeenJob => {
  const why = reason.trim();
  const seen = seenOf(state, why);
  return {
    seen,
    raw: state.trim(),
    ...(!WAITS.includes(seen) || why === '' || why === 'None' ? {} : { reason: why }),
    ...(/^\d+$/.test(restarts.trim()) ? { restarts: Number(restarts) } : {}),
  };
};

export const readPoll: Dialect['readPoll'] = (out, nativeIds) => {
  if (out.code !== 0 || UNREACHED.test(out.stderr)) return silence(out);
  const table = readTable(out.stdout, 'ARRAY_JOB_ID');
  if (!table) return unreadable(out);
  // Thousands of lines say the same few things.
  const read = new Map<string, SeenJob>();
  const lines = table.rows.map(([id = '', ...said]) => {
    const key = said.join('|');
    const job = read.get(key) ?? seenJob(said);
    read.set(key, job);
    return [id.trim(), job] as const;
  });
  return { kind: 'answered', jobs: jobsOf(lines, nativeIds) };
};
