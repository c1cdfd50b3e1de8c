import { silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { isAnswer, isWhole, readText } from './attributes.ts';
import { recordOf } from './failures.ts';
import { pollPlain } from './poll.ts';

/** The server keeps ended jobs for job_history_duration; the question is the poll's plain one. */
export const history: Dialect['history'] = pollPlain;

export const readHistory: Dialect['readHistory'] = (out, nativeIds) => {
  if (!isAnswer(out)) return silence(out);
  const jobs = readText(out.stdout);
  if (!isWhole(out, jobs, nativeIds)) return unreadable(out);
  const wanted = new Set(nativeIds);
  const known = [...jobs].filter(([id]) => wanted.has(id));
  return { kind: 'answered', records: new Map(known.map(([id, job]) => [id, recordOf(job)])) };
};
