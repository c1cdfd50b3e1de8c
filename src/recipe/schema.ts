import type * as z from 'zod';
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
export type Recipe = Omit<z.output<typeof recipe>, 'title'> & { readonly title: string };
/** One stage, told apart by `kind`. */
export type Stage = z.output<typeof stage>;
export type StageKind = Stage['kind'];
export type FetchStage = z.output<typeof fetchStage>;
export type PrepareStage = z.output<typeof prepareStage>;
export type ImportStage = z.output<typeof importStage>;
export type CptStage = z.output<typeof cptStage>;
export type SftStage = z.output<typeof sftStage>;
export type RlvrStage = z.output<typeof rlvrStage>;
export type ExportStage = z.output<typeof exportStage>;
export type EvaluateStage = z.output<typeof evaluateStage>;
export type SynthesizeStage = z.output<typeof synthesizeStage>;
export type CommandStage = z.output<typeof commandStage>;
export type Model = z.output<typeof model>;
export type Dataset = z.output<typeof dataset>;
export type MixtureRow = z.output<typeof mixtureRow>;
export type Evidence = z.output<typeof evidence>;
export type Published = z.output<typeof published>;
export type Software = z.output<typeof software>;
export type Source = z.output<typeof source>;
