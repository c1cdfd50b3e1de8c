import type { Outcome } from '../model/job.ts';
import type { JobState } from './events.ts';
import { isFinal, UNTOUCHED } from './fold.ts';
import type { RunState } from './snapshot-types.ts';

/** `later` and `left-out` are stages without jobs. */
export type StageState =
  | 'later'
  | 'left-out'
  | 'planned'
  | 'waiting'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'stopped';

interface StateOfJob {
  readonly state: JobState;
  readonly outcome?: Outcome | undefined;
  readonly spare: boolean;
  readonly attempt: number;
  readonly submittedAt?: string | undefined;
}

/** A submit takes seconds; one without an answer for longer was cut off. */
const SUBMIT_SECONDS = 120;

const isOver = (job: StateOfJob): boolean => isFinal({ ...UNTOUCHED, state: job.state });
const isActive = (job: StateOfJob): boolean => job.state === 'running' || job.state === 'ending';

/** How a set of jobs ended that did not reach its goal: what the person did comes before what went wrong. */
const howItEnded = (jobs: readonly StateOfJob[]): 'stopped' | 'cancelled' | 'failed' => {
  if (jobs.some(job => job.outcome === 'stopped')) return 'stopped';
  if (jobs.some(job => ['failed', 'lost', 'refused'].includes(job.state))) return 'failed';
  return jobs.some(job => job.state === 'cancelled') ? 'cancelled' : 'failed';
};

/** A stage is complete when one of its jobs verified what it was to make; spare segments behind it change nothing. */
export const stageStateOf = (status: 'planned' | 'later' | 'left-out', jobs: readonly StateOfJob[]): StageState => {
  if (status !== 'planned') return status;
  if (jobs.some(job => job.outcome === 'complete')) return 'succeeded';
  if (jobs.some(isActive)) return 'running';
  if (jobs.length > 0 && jobs.every(isOver)) return howItEnded(jobs);
  return jobs.some(job => job.attempt > 0) ? 'waiting' : 'planned';
};

/** A run whose sending stopped half-way: some jobs have an answer, others were never asked for or were refused. */
const isPartly = (jobs: readonly StateOfJob[], now: Date): boolean => {
  const isStale = (job: StateOfJob): boolean =>
    job.state === 'submitting' && now.getTime() - Date.parse(job.submittedAt ?? '') > SUBMIT_SECONDS * 1000;
  const missing = jobs.filter(job => job.state === 'planned' || job.state === 'refused' || isStale(job));
  return missing.length > 0 && missing.length < jobs.length;
};

/** The run in one word, by its stages and jobs. */
export const runStateOf = (
  stages: readonly { readonly state: StageState }[],
  jobs: readonly StateOfJob[],
  now: Date,
): RunState => {
  if (jobs.every(job => job.state === 'planned')) return 'planned';
  if (jobs.some(job => job.state === 'unsure')) return 'needs-a-person';
  const isComplete = stages.every(({ state }) => state === 'succeeded' || state === 'later' || state === 'left-out');
  if (jobs.every(isOver)) return isComplete ? 'succeeded' : howItEnded(jobs);
  if (isPartly(jobs, now)) return 'partly-submitted';
  if (jobs.some(job => job.state === 'submitting')) return 'submitting';
  return jobs.some(isActive) ? 'running' : 'waiting';
};
