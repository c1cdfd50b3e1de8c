import { basename, isAbsolute, relative } from 'node:path';
import type { Located } from '../located/located.ts';
import { didYouMean } from '../located/suggest.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { parentMissing, resolveRecipe } from '../recipe/resolve.ts';
import type { RequestOptions } from './request.ts';
import { readLocated, shippedNames } from './texts.ts';
import type { World } from './world.ts';

/** As a person would type it: below the current folder without the folder in front. */
const shownPath = (path: string, world: World): string => {
  const short = relative(world.here.cwd, path);
  return isAbsolute(path) && !short.startsWith('..') ? short : path;
};

/** The file a person means: a path, or the name of a recipe that comes with martlet. */
export const resolveRecipePath = (recipe: string, world: World): string => {
  if (world.assets.exists(recipe)) return recipe;
  const shipped = world.assets.shipped(`recipes/${basename(recipe, '.yaml')}.yaml`);
  if (world.assets.exists(shipped)) return shownPath(shipped, world);
  throw new Trouble(
    {
      code: 'MRT-U009',
      doing: `looking for the recipe ${recipe}`,
      said: 'there is no such file, and no recipe of this name comes with martlet',
      hint: [didYouMean(recipe, shippedNames(world, 'recipes')), 'martlet recipes lists those that come along.']
        .filter(Boolean)
        .join(' '),
    },
    1,
  );
};

const missing = (path: string): Trouble =>
  new Trouble(
    { code: 'MRT-U009', doing: `reading ${path}`, said: 'there is no such file', hint: 'check the path.' },
    1,
  );

type RecipeChoices = Pick<RequestOptions, 'cluster' | 'sets' | 'stages' | 'as'>;

/** A recipe with its parents; findings of a text without a value (a syntax error) come alone: nothing else can be said. */
export const readRecipeSource = (
  file: string,
  world: World,
  options: RecipeChoices,
): Checked<ResolvedRecipe> & { texts: Record<string, string> } => {
  const chain: Located[] = [];
  const texts: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  let isUnread = false;
  const add = (path: string): boolean => {
    const read = readLocated(path, shownPath(path, world), world);
    if (!read) return false;
    diagnostics.push(...read.diagnostics);
    isUnread = read.value === undefined;
    if (read.value) {
      chain.push(read.value);
      texts[`sources/${chain.length === 1 ? 'recipe' : `recipe-base-${chain.length - 1}`}.yaml`] = read.value.text;
    }
    return true;
  };
  if (!add(file)) throw missing(file);
  for (;;) {
    if (isUnread) return { diagnostics, texts };
    const step = resolveRecipe(chain, {
      cluster: options.as ?? options.cluster,
      sets: options.sets,
      stages: options.stages,
    });
    if (step.kind === 'done') {
      const value = hasErrors(diagnostics) ? undefined : step.value;
      return { value, diagnostics: [...diagnostics, ...step.diagnostics], texts };
    }
    if (!add(step.parent.file)) return { diagnostics: [...diagnostics, parentMissing(step.parent)], texts };
  }
};
