import type { Program } from '../engines/engine.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { JobKey } from '../model/job.ts';
import type { Expectation } from '../model/metric.ts';
import type { DialectOptions, JobRequest } from '../schedulers/dialect.ts';
import type { DataFacts } from './data-files.ts';

/** A decided run: recipe x cluster. A value; equal input gives equal bytes. Times in seconds, money in the tariff's currency. */
export interface Plan {
  readonly format: 1;
  readonly martlet: string;
  readonly run: string;
  readonly runDir: string;
  /** `file` as the person named it, `path` in full. */
  readonly recipe: {
    readonly name: string;
    readonly title: string;
    readonly file: string;
    readonly path: string;
    readonly digest: string;
  };
  readonly cluster: {
    /** Where jobs are sent: `local` also when another site's scripts are rehearsed there. */
    readonly name: string;
    /** Whose facts the plan stands on. */
    readonly profile: string;
    readonly title: string;
    readonly digest: string;
    readonly scheduler: string;
    readonly launcher: string;
    readonly runtime: string;
    /** The queue commands need the login environment. */
    readonly loginShell: boolean;
    /** Files are shared with the group. */
    readonly group: boolean;
    /** How its scheduler is asked: the profile's dialect_options. */
    readonly options: DialectOptions;
  };
  readonly templates: string;
  /**
   * Digest of all inputs but the run id and the facts: a second submit with an equal one continues the unfinished run. What
   * is measured on the cluster is no part of it, because a run itself makes the data that a later look would find.
   */
  readonly basis: string;
  /** --nodes, when given. */
  readonly nodes?: number | undefined;
  /** The choices that made this plan besides the files: typed again they give the same plan. */
  readonly choices: PlanChoices;
  /** Tokens of datasets as they were measured on the cluster; missing where it was not asked. Also RUN/facts.json. */
  readonly facts?: DataFacts | undefined;
  readonly rehearsal?: { readonly scale: number; readonly as?: string | undefined } | undefined;
  readonly stages: readonly PlannedStage[];
  /** Topological order: a job's needs come before it. */
  readonly jobs: readonly PlannedJob[];
  readonly mixtures: readonly PlannedMixture[];
  readonly totals: Estimate;
  /** Where each value that the report checks is written: `stages.cpt.optimizer.lr` -> `recipes/x.yaml:4:7`. */
  readonly origins: Readonly<Record<string, string>>;
  /** Words like ACCOUNT-NOT-SET that stand for what an overlay must say; such a plan is read, never applied. */
  readonly placeholders: readonly string[];
  /** Warnings only; a plan with errors is no plan. */
  readonly warnings: readonly Diagnostic[];
}

export interface PlanChoices {
  readonly stages?: readonly string[] | undefined;
  readonly sets?: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  readonly priority?: string | undefined;
  readonly rehearse?: boolean | undefined;
  readonly scale?: number | undefined;
  readonly as?: string | undefined;
  readonly maxNodeHours?: number | undefined;
  readonly maxCost?: string | undefined;
}

export interface Estimate {
  readonly seconds: number;
  readonly nodeHours: number;
  readonly gpuHours: number;
  readonly cost?:
    | { readonly amount: number; readonly currency: string; readonly tariff: string; readonly source: string }
    | undefined;
}

export interface PlannedStage {
  readonly name: string;
  readonly kind: string;
  readonly engine: string;
  /** `later`: its engine is not in this version; `left-out`: not asked for by --stage. Both have no jobs. */
  readonly status: 'planned' | 'later' | 'left-out';
  readonly note?: string | undefined;
  readonly from: readonly string[];
  readonly resourceType?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly layout?:
    | {
        readonly tensor: number;
        readonly pipeline: number;
        readonly context: number;
        /** GPUs over which the experts of a layer are spread; missing for a dense model. */
        readonly expert?: number | undefined;
        readonly dataParallel: number;
        readonly microBatch: number;
        /** Micro-batches a data-parallel rank accumulates in one step. */
        readonly microBatches: number;
        readonly globalBatch: number;
      }
    | undefined;
  readonly steps?: number | undefined;
  readonly unscaledSteps?: number | undefined;
  readonly tokensPerStep?: number | undefined;
  readonly tokens?: number | undefined;
  readonly secondsPerStep?: number | undefined;
  readonly mfu?: { readonly value: number; readonly source: string } | undefined;
  readonly walltimeSeconds: number;
  readonly segments: number;
  readonly spareSegments: number;
  readonly estimate: Estimate;
  /** Folder of its checkpoints or outputs on the cluster. */
  readonly output: string;
  readonly expects: readonly Expectation[];
}

export interface PlannedJob {
  readonly key: JobKey;
  /** `run/stage/segment`. */
  readonly id: string;
  readonly engine: string;
  readonly kind: string;
  readonly spare: boolean;
  readonly request: JobRequest;
  readonly program: Program;
  readonly needs: readonly { readonly job: string; readonly when: 'ok' | 'any' }[];
  /** Absolute folder RUN/STAGE-SEGMENT on the cluster. */
  readonly dir: string;
  /** Scheduler-independent deadline: seconds before the walltime when the program must be told to save and end. */
  readonly marginSeconds: number;
}

export interface PlannedMixture {
  readonly name: string;
  readonly stage: string;
  /** Passes above it are warned about. */
  readonly mostPasses: number;
  readonly rows: readonly {
    readonly dataset: string;
    /** Fraction of the tokens seen. */
    readonly share: number;
    readonly tokensSeen: number;
    readonly tokensAvailable?: number | undefined;
    readonly passes?: number | undefined;
    readonly substitute?: string | undefined;
  }[];
}

/** Everything apply acts on, in one JSON file: the decisions and the bytes. `files` are relative to the run's folder. */
export interface PlanFile {
  readonly plan: Plan;
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of the canonical plan and files. */
  readonly digest: string;
  /** The digest of the plan before, where a resume changed it: its files over there are replaced by these. */
  readonly replaces?: string | undefined;
}
