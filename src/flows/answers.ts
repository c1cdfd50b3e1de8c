import type { TrackedJob } from '../plan/tracked.ts';
import type { Dialect, SubmitAnswer } from '../schedulers/dialect.ts';
import type { Store } from '../store/store.ts';
import type { Look } from './look.ts';

/** An answer to a submit, into the log. An unsure one is not noted: it is looked up first. */
export const noteAnswered = (
  job: TrackedJob,
  attempt: number,
  answer: SubmitAnswer,
  store: Store,
  at: string,
): void => {
  if (answer.kind === 'accepted')
    store.append(job.id, `accepted:${attempt}`, at, { kind: 'submit-accepted', attempt, nativeId: answer.nativeId });
  if (answer.kind === 'refused')
    store.append(job.id, `refused:${attempt}`, at, { kind: 'submit-refused', attempt, reason: answer.reason });
};

/** The answer that lies in the attempt's folder, written there before anybody heard it: a walk may have gone on alone. */
export const storedAnswer = (seen: Look, dialect: Dialect): SubmitAnswer | undefined => {
  if (seen.found !== undefined) return { kind: 'accepted', nativeId: seen.found };
  if (seen.submitCode === undefined || seen.submitOut === undefined) return undefined;
  return dialect.readSubmit({ code: seen.submitCode, stdout: seen.submitOut, stderr: seen.submitErr ?? '' });
};
