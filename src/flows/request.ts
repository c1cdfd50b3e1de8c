import type { DataFacts } from '../plan/data-files.ts';

/** What a person asked for on the command line; every flow that needs a recipe takes these. */
export interface RequestOptions {
  /** A path, or the name of a recipe that comes with martlet. */
  readonly recipe: string;
  readonly cluster?: string | undefined;
  readonly stages?: readonly string[] | undefined;
  /** `PATH=VALUE`, in the order typed. */
  readonly sets?: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  readonly priority?: string | undefined;
  readonly rehearse?: boolean | undefined;
  readonly scale?: number | undefined;
  readonly as?: string | undefined;
  /** Fixes the run id. */
  readonly run?: string | undefined;
  readonly nodes?: number | undefined;
  readonly maxNodeHours?: number | undefined;
  readonly maxCost?: string | undefined;
  /** Asks the cluster for facts: what it says becomes an input of the plan. */
  readonly connect?: boolean | undefined;
  /** What it said earlier, of a plan that is made again. */
  readonly facts?: DataFacts | undefined;
}
