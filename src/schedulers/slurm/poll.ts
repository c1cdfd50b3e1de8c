import { silence, unreadable } from '../answer.ts';
import type { Dialect, Seen, SeenJob } from '../dialect.ts';
import { jobsOf } from '../elements.ts';
import { programPath } from '../words.ts';
import { ask } from './programs.ts';
import { seenOf } from './states.ts';
import { cells, linesBelow } from './table.ts';

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

/** What each distinct text behind an id says; undefined: it is a complaint. Thousands of lines say the same few things. */
const readerOf = (count: number): ((said: string) => SeenJob | undefined) => {
  const read = new Map<string, SeenJob | undefined>();
  return said => {
    if (read.has(said)) return read.get(said);
    const [row] = cells(said, count);
    const job = row && seenJob(row);
    read.set(said, job);
    return job;
  };
};

export const readPoll: Dialect['readPoll'] = (out, nativeIds) => {
  if (out.code !== 0 || UNREACHED.test(out.stderr)) return silence(out);
  const table = linesBelow(out.stdout, 'ARRAY_JOB_ID');
  if (!table) return unreadable(out);
  const read = readerOf(table.names.length - 1);
  const jobs = table.lines.flatMap(line => {
    const end = line.indexOf('|');
    const job = end < 0 ? undefined : read(line.slice(end + 1));
    return job ? [[line.slice(0, end).trim(), job] as const] : [];
  });
  return { kind: 'answered', jobs: jobsOf(jobs, nativeIds) };
};
