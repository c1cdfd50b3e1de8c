import type { Diagnostic } from '../model/diagnostic.ts';
import { sortByPlace } from '../model/diagnostic.ts';
import { sweepFindings } from '../plan/sweep.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { readRecipeSource, resolveRecipePath } from './recipe-source.ts';
import type { RequestOptions } from './request.ts';
import type { World } from './world.ts';

export interface CheckResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly summary?: { readonly name: string; readonly title: string; readonly stages: readonly string[] } | undefined;
}

/** A sweep is a good recipe: only a plan of the whole of it is refused. */
const sweptOf = (recipe: ResolvedRecipe | undefined): Diagnostic[] =>
  recipe ? sweepFindings(recipe).map(each => ({ ...each, severity: 'warning' })) : [];

/** Every finding about a recipe; with a cluster also those that only a plan can make. Asks nobody. */
export const check = async (options: RequestOptions, world: World): Promise<CheckResult> => {
  const read = readRecipeSource(resolveRecipePath(options.recipe, world), world, options);
  const recipe = read.value?.recipe;
  const summary = recipe && {
    name: recipe.name,
    title: recipe.title ?? recipe.name,
    stages: Object.keys(recipe.stages),
  };
  const swept = sweptOf(read.value);
  if (!recipe || options.cluster === undefined)
    return { diagnostics: sortByPlace([...read.diagnostics, ...swept]), summary };
  // Loaded only here: a recipe by itself is checked in a fraction of the time.
  const { makePlan } = await import('./plan.ts');
  const planned = await makePlan({ ...options, run: 'preview' }, world);
  const others = planned.diagnostics.filter(each => each.code !== 'MRT-P011');
  return { diagnostics: sortByPlace([...others, ...swept]), summary };
};
