import type { Waiting } from '../model/waiting.ts';
import type { JobState } from './events.ts';

/** Why one job is where it is. */
export interface Why {
  readonly run: string;
  /** `run/stage/segment`. */
  readonly job: string;
  readonly state: JobState;
  readonly nativeId?: string | undefined;
  /** What its record says: how it ended, or what it waits for. */
  readonly reason?: string | undefined;
  /** Jobs of this run it waits for, with their states. */
  readonly waitsFor: readonly { readonly job: string; readonly state: JobState }[];
  /** What the scheduler itself says; undefined where it was not asked, because the job does not wait there. */
  readonly waiting?: Waiting | undefined;
  /** What it asks for, as far as that can make it wait. */
  readonly asks?: Asks | undefined;
  /** Jobs of the run that wait behind it. */
  readonly behind: number;
  readonly cluster: string;
  readonly scheduler: string;
  readonly trouble?: string | undefined;
}

/** Of its request: what a limit of the site or a reservation could be about. */
export interface Asks {
  readonly resourceType: string;
  readonly queue?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly walltimeSeconds: number;
  readonly account?: string | undefined;
  /** The chosen service's words: a reservation stands in them. */
  readonly service: readonly string[];
}
