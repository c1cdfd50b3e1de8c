import { type Look, printable, tint } from './look.ts';
import { counted } from './numbers.ts';

/** What sending a plan came to; flows/apply answers with one. */
export interface Applied {
  readonly run: string;
  readonly continued: boolean;
  readonly submitted: readonly { readonly job: string; readonly nativeId: string }[];
  readonly undecided: readonly { readonly job: string; readonly reason: string }[];
  readonly refused: readonly { readonly job: string; readonly reason: string }[];
}

/** What was sent, what was refused, what a person must decide, and what to type next. */
export const appliedText = (applied: Applied, verb: 'submit' | 'resume', look: Look): string =>
  [
    headline(applied, verb),
    ...applied.submitted.map(
      each => `  ${tint(look, 'green', '+')} ${shortJob(each.job)}  ${printable(each.nativeId)}`,
    ),
    ...applied.refused.map(
      each => `  ${tint(look, 'red', 'x')} ${shortJob(each.job)}  refused: ${printable(each.reason)}`,
    ),
    ...applied.undecided.map(
      each =>
        `  ${tint(look, 'yellow', '?')} ${shortJob(each.job)}  not known whether it was submitted: ${printable(each.reason)}`,
    ),
    ...next(applied),
  ].join('\n');

/** A submit that was typed again reads the answers that are there: its jobs are submitted, not submitted again. */
const headline = ({ run, continued, submitted }: Applied, verb: 'submit' | 'resume'): string => {
  if (submitted.length === 0) return `${run}: nothing was ${continued ? 'left to submit' : 'submitted'}.`;
  const jobs = counted(submitted.length, 'job');
  if (verb === 'resume') return `${run}: ${jobs} submitted again, from the newest checkpoint.`;
  if (continued) return `${run} was known already: its ${jobs} are submitted, none of them twice.`;
  return `${run}: ${jobs} submitted.`;
};

/** The run is in the headline already. */
const shortJob = (job: string): string => job.split('/').slice(1).join('-');

const next = ({ run, refused, undecided }: Applied): string[] => {
  if (undecided.length > 0)
    return [
      `  nothing that waits for ${shortJob(undecided[0]?.job ?? '')} was sent; look for it in the queue. When it is not there: martlet cancel ${run}, then martlet resume ${run}`,
    ];
  if (refused.length > 0) return [`  what was refused can be sent again with: martlet resume ${run}`];
  return [`next: martlet watch ${run}`];
};
