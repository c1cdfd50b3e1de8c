import type * as z from 'zod/mini';
import type { dataset, mixtureRow, model } from './schema/data.ts';
import type { evidence, published, recipe } from './schema/recipe.ts';
import type {
  commandStage,
  cptStage,
  exportStage,
  importStage,
  prepareStage,
  rlvrStage,
  sftStage,
  stage,
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
export type PrepareStage = z.core.output<typeof prepareStage>;
export type ImportStage = z.core.output<typeof importStage>;
export type ExportStage = z.core.output<typeof exportStage>;
export type CptStage = z.core.output<typeof cptStage>;
export type SftStage = z.core.output<typeof sftStage>;
export type RlvrStage = z.core.output<typeof rlvrStage>;
export type CommandStage = z.core.output<typeof commandStage>;
export type Model = z.core.output<typeof model>;
export type Dataset = z.core.output<typeof dataset>;
export type MixtureRow = z.core.output<typeof mixtureRow>;
export type Evidence = z.core.output<typeof evidence>;
export type Published = z.core.output<typeof published>;
