import type { Output } from '../../model/output.ts';
import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect, DialectOptions, PollAnswer } from '../dialect.ts';
import { jobsOf } from '../elements.ts';
import { programText, readSections } from '../sections.ts';
import { queueSections, readQueue, seenJob } from './queue.ts';

const question = (form: readonly string[], nativeIds: readonly string[], options: DialectOptions): readonly string[] =>
  asked(options, ['sh', '-c', programText(queueSections(options.bin, form)), 'sh', ...nativeIds]);

/** All jobs of this person at once, as XML unless the profile says that the site's qstat has none. */
export const poll: Dialect['poll'] = (nativeIds, options) =>
  question(options.xml === false ? [] : ['-xml'], nativeIds, options);
export const pollPlain: NonNullable<Dialect['pollPlain']> = (nativeIds, options) => question([], nativeIds, options);

/** Not in the list is not in the queue: Grid Engine forgets a job when it ends. */
const read = (out: Output, nativeIds: readonly string[]): PollAnswer => {
  const sections = readSections(out);
  if (!sections) return out.code === 0 ? unreadable(out) : silence(out);
  const rows = readQueue(sections);
  if ('kind' in rows) return rows;
  return {
    kind: 'answered',
    jobs: jobsOf(
      rows.map(row => [row.id, seenJob(row)] as const),
      nativeIds,
    ),
  };
};

export const readPoll: Dialect['readPoll'] = read;
export const readPollPlain: NonNullable<Dialect['readPollPlain']> = read;
