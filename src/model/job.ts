/**
 * A job of a run is known by run, stage and segment; `attempt` counts our resubmissions of it, `boot` the scheduler's own
 * requeues of one attempt. Three numbers, three owners (design.md 13).
 */
export interface JobKey {
  readonly run: string;
  readonly stage: string;
  /** 1-based. */
  readonly segment: number;
}

/** `run/stage/segment`: the key as text, used as a map key and in files. */
export const keyText = (key: JobKey): string => `${key.run}/${key.stage}/${key.segment}`;

/** The job's folder below the run's folder. */
export const jobFolder = (key: Pick<JobKey, 'stage' | 'segment'>): string => `${key.stage}-${key.segment}`;

/** The attempt's folder below the run's folder. */
export const attemptFolder = (key: Pick<JobKey, 'stage' | 'segment'>, attempt: number): string =>
  `${jobFolder(key)}/A${attempt}`;

/**
 * The job's name on the scheduler. The run id is shortened from the right when the site's limit (characters) would
 * cut the tail, because the job reads its attempt number from the last part of its own name.
 */
export const jobName = (key: JobKey, attempt: number, limit = 63): string => {
  const tail = `-${key.stage}-${key.segment}-${attempt}`;
  return `mt-${key.run}`.slice(0, Math.max(4, limit - tail.length)) + tail;
};

/** How a job ended its own checks: the stage is complete, another segment has to go on, or it failed. */
export type Outcome = 'complete' | 'continue' | 'failed' | 'stopped';
