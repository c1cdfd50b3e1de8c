import type * as z from 'zod/mini';
import type { dataset, mixtureRow, model } from './schema/data.ts';
import type { evidence, published, recipe, software, source } from './schema/recipe.ts';
import type {
  commandStage,
  cptStage,
  evaluateStage,
  exportStage,
  fetchStage,
  importStage,
  prepareStage,
  rlvrStage,
  sftStage,
  stage,
  synthesizeStage,
} from './schema/stages.ts';

export { recipe as recipeSchema } from './schema/recipe.ts';

/**
 * A recipe as values. Keys are the YAML's own. Values with a unit are numbers: counts as they are, walltime,
 * stall_after and reward.timeout in seconds, memory in bytes. The text as written (`210B`, for its precision) is in the
 * origin of the path: `resolved.origin('stages.cpt.budget.tokens').text`.
 */
export type Recipe = Omit<z.core.output<typeof recipe>, 'title'> & { readonly title: string };
/** One stage, told apart by `kind`. */
export type Stage = z.core.output<typeof stage>;
export type StageKind = Stage['kind'];
export type FetchStage = z.core.output<typeof fetchStage>;
export type PrepareStage = z.core.output<typeof prepareStage>;
export type ImportStage = z.core.output<typeof importStage>;
export type CptStage = z.core.output<typeof cptStage>;
export type SftStage = z.core.output<typeof sftStage>;
export type RlvrStage = z.core.output<typeof rlvrStage>;
export type ExportStage = z.core.output<typeof exportStage>;
export type EvaluateStage = z.core.output<typeof evaluateStage>;
export type SynthesizeStage = z.core.output<typeof synthesizeStage>;
export type CommandStage = z.core.output<typeof commandStage>;
export type Model = z.core.output<typeof model>;
export type Dataset = z.core.output<typeof dataset>;
export type MixtureRow = z.core.output<typeof mixtureRow>;
export type Evidence = z.core.output<typeof evidence>;
export type Published = z.core.output<typeof published>;
export type Software = z.core.output<typeof software>;
export type Source = z.core.output<typeof source>;
