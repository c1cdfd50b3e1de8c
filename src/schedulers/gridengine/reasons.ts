import { type Explained, explain, type ReasonRow } from '../explained.ts';

const WAIT = 'it starts by itself; fewer nodes or a shorter h_rt may start sooner.';
const AGAIN = 'cancel it, and submit again with what the site allows.';
const MEND = 'mend the cause, then qmod -cj lets it try again; or cancel it.';
const ADMINISTRATORS = 'ask the administrators of the cluster.';

/** Why a job is in error (E), as its node wrote it. */
const ERRORS: readonly ReasonRow[] = [
  {
    pattern: /can't open (?:output|error|input|stdout|stderr)/,
    say: { meaning: 'its output file cannot be opened.', hint: MEND },
  },
  {
    pattern: /can't chdir|changing into working directory/,
    say: { meaning: 'its folder cannot be entered.', hint: MEND },
  },
  {
    pattern: /execvp|exec(?:ve|l)?\(|can't find shell|searching requested shell/,
    say: { meaning: 'its script cannot be started.', hint: MEND },
  },
  {
    pattern: /exit_status of job start = 100/,
    say: { meaning: 'it ended with exit code 100, which Grid Engine takes for an error.', hint: MEND },
  },
  {
    pattern: /can't (?:get password entry|find user|set uid)|no such user/i,
    say: { meaning: 'its node does not know the user.', hint: ADMINISTRATORS },
  },
  {
    pattern: /prolog|epilog|pe_start|pestart/,
    say: { meaning: "the site's own start of jobs failed.", hint: ADMINISTRATORS },
  },
  { pattern: /No space left on device/, say: { meaning: 'a disk is full.', hint: MEND } },
];

/** Lines of `scheduling info` that say something of the job, strongest first (sched/msg_schedd, of SGE and its heirs). */
const INFO: readonly ReasonRow[] = [
  {
    pattern: /Job is in error state|job is in error state/,
    say: { meaning: 'it is in error.', hint: MEND, seen: 'stuck' },
  },
  {
    pattern: /job dropped because of job dependencies/i,
    say: {
      meaning: 'it waits for other jobs.',
      hint: 'one in error (Eqw) holds it until that one is deleted.',
      seen: 'held',
    },
  },
  {
    pattern: /Job is in hold state|job dropped because of (?:\w+ )?hold/i,
    say: { meaning: 'it is held.', hint: 'qrls lets it go, if its owner holds it.', seen: 'held' },
  },
  { pattern: /execution time not reached/i, say: { meaning: 'its earliest time to start has not come.' } },
  {
    pattern: /because of user(?:\/group)? limitations/i,
    say: { meaning: 'as many jobs of one person run as may run at once.', hint: 'it starts when other jobs end.' },
  },
  {
    pattern: /exceeds limit (?:"[^"]*" )?in rule|exceeds limit in resource quota/i,
    say: {
      meaning: 'it would break a quota of the site.',
      hint: 'it starts when other jobs end; qquota shows the quotas.',
    },
  },
  { pattern: /invalid dynamical limit/i, say: { meaning: 'a quota of the site is broken.', hint: ADMINISTRATORS } },
  {
    pattern: /only offers (-?\d+) slots/,
    say: (slots = '') => ({ meaning: `only ${slots} of its nodes or slots are free, or there at all.`, hint: WAIT }),
  },
  {
    pattern:
      /requires more slots than available|total slots of pe .* not in range|resources requested are not available for parallel job|insufficient slots/i,
    say: { meaning: 'not enough nodes are free.', hint: WAIT },
  },
  {
    pattern: /no matching pe found|no access to pe|allocation rule is not suitable|is not in pe list/i,
    say: { meaning: 'it asks for a parallel environment that is not for it.', hint: AGAIN },
  },
  {
    pattern: /All queues dropped because of overload or full/i,
    say: { meaning: 'all nodes are in use.', hint: WAIT },
  },
  {
    pattern: /not reserved by advance reservation|advance reservation \d+ is in error/i,
    say: { meaning: 'its reservation does not hold these nodes, or is broken.', hint: 'qrstat shows the reservation.' },
  },
  { pattern: /clean ?up of an? previous run/i, say: { meaning: 'its last run is being cleaned up.' } },
  { pattern: /max_aj_instances/, say: { meaning: 'as many elements of the array run as may run at once.' } },
  { pattern: /Job Filter:/, say: { meaning: 'many equal jobs wait before it.', hint: WAIT } },
  {
    pattern: /job runtime of \d+ sec\. is too long|calendar will disable/i,
    say: { meaning: 'it would not end before the site closes its queue.', hint: 'a shorter h_rt may start sooner.' },
  },
  {
    pattern: /has no permission|access permissions/i,
    say: { meaning: 'the person may not use the queues.', hint: AGAIN },
  },
  {
    pattern: /(?:correct|assigned) project|not allowed to run in .* excluded project|not assigned to a project/i,
    say: { meaning: 'its project may not use the queues.', hint: AGAIN },
  },
  {
    pattern: /does not request 'forced' resource|do not request 'forced'/,
    say: { meaning: 'it does not ask for a resource it must ask for.', hint: AGAIN },
  },
  {
    pattern: /hard queue list|queues are non requestable|not of type|non requestable/i,
    say: { meaning: 'its queue does not take it.', hint: AGAIN },
  },
  {
    pattern:
      /because it offers only|resource requirements can ?not be satis?fied|cannot run (?:at host|globally|in queue)/i,
    say: { meaning: 'what it asks for is not free now, or not there at all.', hint: WAIT },
  },
  {
    pattern: /dropped because (?:it is|they are) (?:full|overloaded)|load alarm|suspend alarm/i,
    say: { meaning: 'its nodes are in use.', hint: WAIT },
  },
  {
    pattern: /dropped bec(?:ause|asue) (?:it is|they are) (?:suspended|disabled|temporarily not available)/i,
    say: { meaning: 'its queue is closed or its nodes are down.', hint: ADMINISTRATORS },
  },
  {
    pattern: /turned off|not available for every job|no messages available/i,
    say: { meaning: 'this cluster does not tell why jobs wait.' },
  },
];

/** What stands for the whole: the error, else the line of the strongest row, else the first. */
export const explained = (
  letters: string,
  errors: readonly string[],
  info: readonly string[],
): Partial<Explained> & { readonly reason?: string | undefined } => {
  const [error] = errors;
  if (error !== undefined)
    return { reason: error, ...(explain(ERRORS, error) ?? { meaning: 'it is in error.', hint: MEND }), seen: 'stuck' };
  for (const row of INFO) {
    const line = info.find(each => row.pattern.test(each));
    if (line !== undefined) return { reason: line, ...explain([row], line) };
  }
  if (letters.includes('E')) return { reason: info[0], meaning: 'it is in error.', hint: MEND, seen: 'stuck' };
  return { reason: info[0] };
};
