import { attemptFolder, jobName } from '../model/job.ts';
import type { PlannedJob } from '../plan/types.ts';

/** One attempt of a job that is to be sent. */
export interface Sending {
  readonly job: PlannedJob;
  readonly attempt: number;
}

/** Its folder below the run's, `cpt-1/A1`. */
export const folderOf = (each: Sending): string => attemptFolder(each.job.key, each.attempt);

/** Its name on the scheduler, by which a lost answer is looked up. */
export const nameOf = (each: Sending): string => jobName(each.job.key, each.attempt);
