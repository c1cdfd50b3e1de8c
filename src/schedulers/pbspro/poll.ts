import { silence, unreadable } from '../answer.ts';
import type { Dialect, SeenJob } from '../dialect.ts';
import { programPath } from '../words.ts';
import { isAnswer, isWhole, type Jobs, readJson, readText } from './attributes.ts';
import { ask } from './programs.ts';
import { seenJob } from './states.ts';

/** -x: also those that ended; it lists live ones as well. One call for all ids: a second one within a second sleeps 0.2 s. */
export const poll: Dialect['poll'] = (nativeIds, options) =>
  ask(options, [programPath('qstat', options.bin), '-x', '-f', '-F', 'json', ...nativeIds]);

/** Text cannot be garbled by a job's variables as JSON is, and has all jobs in every version. */
export const pollPlain: NonNullable<Dialect['pollPlain']> = (nativeIds, options) =>
  ask(options, [programPath('qstat', options.bin), '-x', '-f', ...nativeIds]);

const seenIn = (jobs: Jobs, nativeIds: readonly string[]): ReadonlyMap<string, SeenJob> =>
  new Map(
    nativeIds.flatMap(id => {
      const job = jobs.get(id);
      return job ? [[id, seenJob(job)] as const] : [];
    }),
  );

export const readPoll: Dialect['readPoll'] = (out, nativeIds) => {
  if (!isAnswer(out)) return silence(out);
  const jobs = readJson(out.stdout);
  if (!jobs || !isWhole(out, jobs, nativeIds)) {
    const what = jobs ? `only ${jobs.size} of ${nativeIds.length} jobs` : 'no valid JSON';
    return { kind: 'garbled', said: `qstat -F json printed ${what}` };
  }
  return { kind: 'answered', jobs: seenIn(jobs, nativeIds) };
};

export const readPollPlain: NonNullable<Dialect['readPollPlain']> = (out, nativeIds) => {
  if (!isAnswer(out)) return silence(out);
  const jobs = readText(out.stdout);
  if (!isWhole(out, jobs, nativeIds)) return unreadable(out);
  return { kind: 'answered', jobs: seenIn(jobs, nativeIds) };
};
