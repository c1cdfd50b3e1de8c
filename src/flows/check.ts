import type { Diagnostic } from '../model/diagnostic.ts';
import { sortByPlace } from '../model/diagnostic.ts';
import { sweepFindings } from '../plan/sweep.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { readRecipeSource, resolveRecipePath } from './recipe-source.ts';
import type { RequestOptions } from './request.ts';
import type { World } from './world.ts';
import type { WrittenTokens } from './write-tokens.ts';

export interface CheckResult {
  readonly diagnostics: readonly Diagnostic[];
  readonly summary?: { readonly name: string; readonly title: string; readonly stages: readonly string[] } | undefined;
  /** With `connect`. */
  readonly data?: CheckedData | undefined;
}

/** A sweep is a good recipe: only a plan of the whole of it is refused. */
const sweptOf = (recipe: ResolvedRecipe | undefined): Diagnostic[] =>
  recipe ? sweepFindings(recipe).map(each => ({ ...each, severity: 'warning' })) : [];

/** What the cluster was asked, and what of it was written down. */
export interface CheckedData {
  readonly files: readonly { readonly dataset: string; readonly prefix: string; readonly tokens: number }[];
  readonly written?: WrittenTokens | undefined;
}

export interface CheckOptions extends RequestOptions {
  /** Writes measured numbers of tokens into the overlay. */
  readonly write?: boolean | undefined;
}

/** A number that now stands in the overlay is no finding any more. */
const isSettled = (each: Diagnostic, written: WrittenTokens | undefined): boolean =>
  written !== undefined && each.code === 'MRT-D008' && /^copies\..*\.tokens$/.test(each.path ?? '');

const unplaced = ({ file, unplaced: keys }: WrittenTokens): Diagnostic[] =>
  keys.map(key => ({
    code: 'MRT-D016',
    severity: 'warning',
    what: `${key} of ${file} could not be edited.`,
    why: 'an alias stands there, or a form that only a person can change.',
    hint: 'write the numbers by hand: the same command with --json shows them.',
    path: key,
  }));

const connectedCheck = async (
  options: CheckOptions,
  cluster: string,
  world: World,
): Promise<Pick<CheckResult, 'diagnostics' | 'data'>> => {
  const { draftPlan } = await import('./plan.ts');
  const { planned, asked } = await draftPlan({ ...options, run: 'preview' }, world).connected();
  if (!asked) return planned;
  const files = asked.questions.flatMap(({ dataset, prefix }) => {
    const tokens = asked.facts[prefix]?.tokens;
    return tokens === undefined ? [] : [{ dataset, prefix, tokens }];
  });
  if (!options.write) return { diagnostics: planned.diagnostics, data: { files } };
  const { writeTokens } = await import('./write-tokens.ts');
  const written = writeTokens(cluster, asked.questions, asked.facts, world);
  const left = planned.diagnostics.filter(each => !isSettled(each, written));
  return { diagnostics: [...left, ...unplaced(written)], data: { files, written } };
};

const plainCheck = async (
  options: RequestOptions,
  world: World,
): Promise<Pick<CheckResult, 'diagnostics' | 'data'>> => {
  // Loaded only here: a recipe by itself is checked in a fraction of the time.
  const { makePlan } = await import('./plan.ts');
  return { diagnostics: (await makePlan({ ...options, run: 'preview' }, world)).diagnostics };
};

/**
 * Every finding about a recipe; with a cluster also those that only a plan can make. Nobody is asked unless `connect` says so:
 * then the cluster is, once, about its data.
 */
export const check = async (options: CheckOptions, world: World): Promise<CheckResult> => {
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
  const planned = options.connect
    ? await connectedCheck(options, options.cluster, world)
    : await plainCheck(options, world);
  const others = planned.diagnostics.filter(each => each.code !== 'MRT-P011');
  return { diagnostics: sortByPlace([...others, ...swept]), summary, data: planned.data };
};
