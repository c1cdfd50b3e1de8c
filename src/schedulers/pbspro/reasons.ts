import { type Explained, explain, type ReasonRow } from '../explained.ts';
import type { Attributes } from './attributes.ts';

const WAIT = 'it starts by itself; fewer nodes or a shorter walltime may start sooner.';
const AGAIN = 'cancel it, and submit again with what the site allows.';
const ADMINISTRATORS = 'ask the administrators of the cluster.';
const SHORTER = 'a shorter walltime may start sooner.';

const lack = (resource: string): Explained =>
  resource === 'host' || resource === 'vnode'
    ? { meaning: 'the hosts it names are not free.', hint: WAIT }
    : { meaning: `not enough of the resource ${resource} is free.`, hint: WAIT };

const overLimit = (whose: string): Explained => ({
  meaning: `as much as ${/^(?:overall|server|queue)?$/i.test(whose) ? 'the site' : `one ${whose.toLowerCase()}`} may run at once is running.`,
  hint: 'it starts when other jobs end.',
});

/** Comments of the scheduler, behind `Not Running: ` or `Can Never Run: ` (OpenPBS 22 and 23, src/scheduler/job_info). */
const COMMENTS: readonly ReasonRow[] = [
  { pattern: /^Can Never Run/, say: { meaning: 'the cluster has not what it asks for.', hint: AGAIN, seen: 'stuck' } },
  { pattern: /Insufficient amount of (?:server |queue )?resource:? ?(\w+)/, say: lack },
  { pattern: /Not enough (?:free|total) nodes available/, say: { meaning: 'not enough nodes are free.', hint: WAIT } },
  {
    pattern: /No available resources on nodes|has too few free resources/,
    say: { meaning: 'no node is free.', hint: WAIT },
  },
  {
    pattern: /Not enough of the right type of nodes/,
    say: { meaning: 'not enough nodes of the kind it asks for are free.', hint: WAIT },
  },
  {
    pattern: /Queue not started/,
    say: { meaning: "its queue is stopped; a reservation's starts with the reservation." },
  },
  { pattern: /Queue not an execution queue/, say: { meaning: 'its queue runs no jobs.', hint: AGAIN } },
  {
    pattern: /interfere with a confirmed reservation|conflict with reservation|interfere with a top job|backfill job/,
    say: { meaning: 'it would run into a reservation, or into a job before it.', hint: SHORTER },
  },
  { pattern: /break strict sorted order/, say: { meaning: 'jobs before it come first.', hint: WAIT } },
  { pattern: /[Dd]edicated time/, say: { meaning: 'the cluster is kept for others at a time.', hint: SHORTER } },
  {
    pattern: /primetime|Job will cross into/,
    say: { meaning: 'it has to run inside (or outside) the prime time of the site.', hint: SHORTER },
  },
  { pattern: /would exceed (overall|group|user|project)\b.* limit/, say: overLimit },
  { pattern: /(?:job )?limit reached for (group|user|project)/, say: overLimit },
  { pattern: /per-(group|user|project) limit reached/, say: overLimit },
  { pattern: /(User|Group|Project) has reached/, say: overLimit },
  { pattern: /(Server|Queue)\b.* job limit has been reached/, say: overLimit },
  {
    pattern: /Node has reached (?:job|user|group) run limit/,
    say: { meaning: 'its nodes run as many jobs as they may.' },
  },
  {
    pattern: /zero shares for fairshare/,
    say: { meaning: 'its group has no share of the cluster.', hint: ADMINISTRATORS },
  },
  {
    pattern: /under job_sort_formula threshold/,
    say: { meaning: 'its priority is below what the site lets run.', hint: ADMINISTRATORS },
  },
  {
    pattern: /Node is in an ineligible state|Specified \S+ does not exist|ineligible type/,
    say: { meaning: 'its nodes are down, offline or not the right ones.', hint: ADMINISTRATORS },
  },
  {
    pattern: /exclusive node and node is in use/,
    say: { meaning: 'its nodes are in use, and it wants them alone.', hint: WAIT },
  },
  { pattern: /Load is above max limit/, say: { meaning: 'its nodes are too busy.', hint: WAIT } },
  {
    pattern: /placement set|pack placement|multi-node job/,
    say: { meaning: 'its nodes do not fit where it wants them.', hint: AGAIN },
  },
  { pattern: /preempt enough work/, say: { meaning: 'not enough other jobs can be stopped for it.', hint: WAIT } },
  { pattern: /[Pp]rovision/, say: { meaning: 'its nodes cannot be prepared as it asks.', hint: ADMINISTRATORS } },
  {
    pattern: /job held, too many failed attempts|Execution server rejected|PBS Error/,
    say: { meaning: 'PBS could not start it.', hint: `a node may be broken: ${ADMINISTRATORS}` },
  },
  { pattern: /A scheduling error|Invalid Job\/Resv/, say: { meaning: 'the scheduler failed.', hint: ADMINISTRATORS } },
];

/** Hold_Types: letters, several at once; the one that stands highest is told (qhold(1B)). */
const HOLDS: readonly ReasonRow[] = [
  { pattern: /p/, say: { meaning: 'its password is wrong.', hint: ADMINISTRATORS } },
  { pattern: /o/, say: { meaning: 'an operator of the cluster holds it.', hint: ADMINISTRATORS } },
  { pattern: /u/, say: { meaning: 'its owner holds it.', hint: 'qrls lets it go.' } },
  { pattern: /s/, say: { meaning: 'the server or an administrator holds it.', hint: ADMINISTRATORS } },
];

/** By substate and Hold_Types for a held job (a dependency has no comment), else by the scheduler's comment. */
export const explained = (job: Attributes): Explained | undefined => {
  const comment = job.get('comment') ?? '';
  if (job.get('job_state') === 'W') return { meaning: 'its earliest time to start has not come.' };
  if (job.get('job_state') !== 'H') return explain(COMMENTS, comment);
  if (job.get('substate') === '22')
    return {
      meaning: 'it waits for other jobs.',
      hint: 'when one of them was deleted before it ran, PBS leaves this one held for ever: cancel it then.',
    };
  return (
    explain(comment.includes('failed attempts') ? COMMENTS : [], comment) ?? explain(HOLDS, job.get('Hold_Types') ?? '')
  );
};
