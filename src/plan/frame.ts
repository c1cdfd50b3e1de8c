import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { DataFacts } from './data-files.ts';
import type { OrderedStage } from './stages.ts';

/** What is the same for every stage of a plan. */
export interface PlanFrame {
  readonly recipe: Recipe;
  readonly cluster: ResolvedCluster;
  readonly run: string;
  readonly runDir: string;
  readonly rehearsal: boolean;
  readonly scale: number;
  readonly forcedNodes?: number | undefined;
  readonly ordered: readonly OrderedStage[];
  /** Stages asked for by name (--stage). */
  readonly asked: readonly string[];
  /** What was measured on the cluster. */
  readonly facts?: DataFacts | undefined;
  /** Why a stage that the recipe does not have was put in, by its name. */
  readonly inserted: Readonly<Record<string, string>>;
}
