import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';

/** Everything outside that a flow may touch. Built once in cli/, and in tests with counting or failing parts. */
export interface World {
  readonly clock: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 <= dice() < 1, for run ids and jitter. */
  readonly dice: () => number;
  readonly remote: (cluster: string) => Promise<Remote>;
  readonly runs: RunShelf;
  /** Runs every effect of a flow; the kill tests count here. */
  readonly effect: <T>(name: string, act: () => T) => T;
}

/** The folder of known runs on this machine: `$XDG_STATE_HOME/martlet/runs/RUN/{plan.json, events.db}`. */
export interface RunShelf {
  list(): readonly string[];
  readPlan(run: string): string | undefined;
  /** Written beside, then moved; refuses another text under the same run id. */
  writePlan(run: string, text: string): void;
  open(run: string): Store;
  readonly directory: string;
}
