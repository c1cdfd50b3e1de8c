import type { Waiting } from '../../model/waiting.ts';
import { said, silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { type Attributes, isAnswer, readText } from './attributes.ts';
import { pollPlain } from './poll.ts';
import { explained } from './reasons.ts';
import { rawOf, seenOf } from './states.ts';

export const why: Dialect['why'] = (nativeId, options) => pollPlain([nativeId], options);

/** `afterok:89.pbs1@pbs1:90.pbs1@pbs1,afterany:91.pbs1@pbs1`. What this job keeps others from is `before...`. */
const waitsFor = (depend: string): string[] =>
  depend
    .split(',')
    .filter(each => /^after/.test(each))
    .flatMap(each => each.split(':').slice(1))
    .map(id => id.split('@')[0] ?? '');

/** `Sat Nov 21 17:51:59 2026`, in UTC, because it was asked so. */
const isoTime = (text: string | undefined): string | undefined => {
  const time = Date.parse(`${text} UTC`);
  return text === undefined || Number.isNaN(time) ? undefined : new Date(time).toISOString().replace('.000Z', 'Z');
};

const DETAILS = ['queue', 'Hold_Types', 'depend', 'Resource_List.select', 'Resource_List.walltime', 'eligible_time'];

/** The order of waiting jobs is a formula of the site, which nothing prints, so there is no position. */
const waitingOf = (job: Attributes): Waiting => {
  const comment = job.get('comment');
  const known = explained(job);
  return {
    state: rawOf(job),
    reason: comment ?? (job.get('Hold_Types') === 'n' ? undefined : `Hold_Types ${job.get('Hold_Types')}`),
    meaning: known?.meaning,
    hint: known?.hint,
    expectedStart: isoTime(job.get('estimated.start_time')),
    waitsFor: waitsFor(job.get('depend') ?? ''),
    priority: job.get('Priority'),
    details: DETAILS.flatMap(name => {
      const value = job.get(name);
      return value === undefined ? [] : [`${name} = ${value}`];
    }),
  };
};

export const readWhy: Dialect['readWhy'] = (out, nativeId) => {
  if (!isAnswer(out)) return silence(out);
  const job = readText(out.stdout).get(nativeId);
  if (!job) return out.code === 0 ? unreadable(out) : { kind: 'unknown', said: said(out) };
  const seen = seenOf(job);
  if (seen !== 'queued' && seen !== 'held') return { kind: 'unknown', said: rawOf(job) };
  return { kind: 'answered', waiting: waitingOf(job) };
};
