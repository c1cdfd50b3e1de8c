import type { JobKey, Outcome } from '../model/job.ts';
import type { JobRecord, JobState } from './events.ts';
import type { Progress } from './progress.ts';
import type { SeenMetric } from './report.ts';
import type { StageState } from './run-state.ts';

/** What a snapshot needs of a plan; plan/types.ts Plan has this shape. */
export interface SnapshotPlan {
  readonly run: string;
  readonly runDir: string;
  readonly recipe: { readonly name: string; readonly title: string };
  readonly cluster: { readonly name: string; readonly title: string };
  readonly rehearsal?: { readonly scale: number; readonly as?: string | undefined } | undefined;
  readonly stages: readonly SnapshotPlanStage[];
  readonly jobs: readonly SnapshotPlanJob[];
}

export interface SnapshotPlanStage {
  readonly name: string;
  readonly kind: string;
  readonly status: 'planned' | 'later' | 'left-out';
  readonly note?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly steps?: number | undefined;
  readonly tokensPerStep?: number | undefined;
  readonly secondsPerStep?: number | undefined;
}

export interface SnapshotPlanJob {
  readonly id: string;
  readonly key: JobKey;
  readonly spare: boolean;
  readonly needs: readonly { readonly job: string; readonly when: 'ok' | 'any' }[];
}

/** A line of a job's diary. */
export interface JobNote {
  readonly at: string;
  readonly what: string;
  readonly text?: string | undefined;
}

export interface SnapshotInput {
  readonly plan: SnapshotPlan;
  readonly records: ReadonlyMap<string, JobRecord>;
  /** In the order they were read; the newest of each name and job is enough, more of `lm loss` gives a longer curve. */
  readonly metrics: readonly SeenMetric[];
  /** Diary notes by job, oldest first. */
  readonly notes?: ReadonlyMap<string, readonly JobNote[]> | undefined;
  readonly now: Date;
  /** Why the last question had no answer; what is shown is then older than it looks. */
  readonly trouble?: string | undefined;
}

/**
 * `submitting`: asked, answers still to come. `partly-submitted`: some jobs were sent and others were not or were refused.
 * `needs-a-person`: nobody knows whether a job was submitted. `stopped`: ended by `martlet stop`, resume goes on.
 */
export type RunState =
  | 'planned'
  | 'submitting'
  | 'partly-submitted'
  | 'needs-a-person'
  | 'waiting'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'stopped';

export interface JobSnapshot extends Progress {
  readonly id: string;
  readonly stage: string;
  /** 1-based. */
  readonly segment: number;
  readonly spare: boolean;
  readonly state: JobState;
  readonly attempt: number;
  readonly boot: number;
  readonly name?: string | undefined;
  readonly nativeId?: string | undefined;
  readonly host?: string | undefined;
  /** Why it waits or how it ended: the site's own words, or the jobs it waits for. */
  readonly reason?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly exitCode?: number | undefined;
  readonly cancelRequested: boolean;
  readonly stopRequested: boolean;
  readonly submittedAt?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Since the newest boot began, or from begin to end. */
  readonly elapsedSeconds?: number | undefined;
  /** The newest three. */
  readonly notes: readonly JobNote[];
}

export interface StageSnapshot extends Progress {
  readonly name: string;
  readonly kind: string;
  readonly status: 'planned' | 'later' | 'left-out';
  readonly state: StageState;
  readonly note?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly jobs: readonly JobSnapshot[];
  /** Steps and losses that were handed in, ascending, the last word on each step; at most 200. */
  readonly curve: readonly { readonly step: number; readonly loss: number }[];
}

/** The present of a run: what `status`, `watch`, `wait` and `report` draw. Pure data; times in seconds unless ISO text. */
export interface Snapshot {
  readonly run: string;
  readonly runDir: string;
  readonly title: string;
  readonly recipe: string;
  readonly cluster: string;
  readonly rehearsal?: { readonly scale: number; readonly as?: string | undefined } | undefined;
  readonly state: RunState;
  /** Every job has ended: nothing more will change unless a person acts. */
  readonly ended: boolean;
  readonly at: string;
  readonly stages: readonly StageSnapshot[];
  /** From the first submission to now, or to the last end. */
  readonly elapsedSeconds?: number | undefined;
  /** Of the stage that runs; stages behind it are not counted. */
  readonly etaSeconds?: number | undefined;
  /** Nodes times running time of every job's newest boot. */
  readonly nodeHours: number;
  readonly jobs: { readonly all: number; readonly ended: number; readonly running: number; readonly waiting: number };
  /** The next command to type. */
  readonly hint?: string | undefined;
  readonly trouble?: string | undefined;
}
