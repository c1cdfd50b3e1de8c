import type { Output } from '../../model/output.ts';
import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect, DialectOptions, PollAnswer } from '../dialect.ts';
import { jobsOf } from '../elements.ts';
import { programText, readSections } from '../sections.ts';
import { queueCommand, readQueue, seenJob } from './queue.ts';

/** An empty queue prints nothing at all, so the question is put between marks: silence is not an empty queue. */
const question = (form: readonly string[], options: DialectOptions): readonly string[] =>
  asked(options, ['sh', '-c', programText([{ name: 'queue', command: queueCommand(options.bin, form) }])]);

/** All jobs of this person at once, as XML unless the profile says that the site's qstat has none. */
export const poll: Dialect['poll'] = (_, options) => question(options.xml === false ? [] : ['-xml'], options);
export const pollPlain: NonNullable<Dialect['pollPlain']> = (_, options) => question([], options);

/** Not in the list is not in the queue: Grid Engine forgets a job when it ends. */
const read = (out: Output, nativeIds: readonly string[]): PollAnswer => {
  const queue = readSections(out)?.get('queue');
  if (!queue) return out.code === 0 ? unreadable(out) : silence(out);
  if (queue.code !== 0) return silence(queue);
  const rows = readQueue(queue.stdout);
  if (!rows) return { kind: 'garbled', said: 'qstat -xml printed no whole document' };
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
