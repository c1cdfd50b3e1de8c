import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { readClusterSource } from './cluster-source.ts';
import { readRecipeSource, resolveRecipePath } from './recipe-source.ts';
import type { RequestOptions } from './request.ts';
import { shippedNames } from './texts.ts';
import type { World } from './world.ts';

/** Recipe and cluster of a request, with everything that is to be said about their texts. */
export interface Sources {
  readonly recipe?: ResolvedRecipe | undefined;
  readonly cluster?: ResolvedCluster | undefined;
  readonly recipeFile: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The texts as they were read, for RUN/sources/. */
  readonly files: Readonly<Record<string, string>>;
}

/** Everything a plan is made from. Throws Trouble when a file is not there; findings of both texts come together. */
export const readSources = (options: RequestOptions, world: World): Sources => {
  if (options.cluster === undefined)
    throw new Trouble(
      {
        code: 'MRT-U010',
        doing: 'planning',
        said: 'no cluster was named',
        hint: `--cluster ${shippedNames(world, 'clusters').join('|')}`,
      },
      2,
    );
  const recipeFile = resolveRecipePath(options.recipe, world);
  const recipe = readRecipeSource(recipeFile, world, options);
  const cluster = readClusterSource(options.as ?? options.cluster, world, {
    ...options,
    pretend: options.as !== undefined,
  });
  return {
    recipe: recipe.value,
    cluster: cluster.value,
    recipeFile,
    diagnostics: [...recipe.diagnostics, ...cluster.diagnostics],
    files: { ...recipe.texts, ...cluster.texts },
  };
};
