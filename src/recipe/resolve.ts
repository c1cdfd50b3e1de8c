import { fileLayer, type Layer, mergeLayers, partOf, withWrittenEnvironments } from '../located/layers.ts';
import type { Located } from '../located/located.ts';
import { childOf, isMap, keysOf, pathText, reach, valueAt, withoutPath } from '../located/path.ts';
import { didYouMean } from '../located/suggest.ts';
import { validate } from '../located/validate.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { type NeedsParent, nextParent } from './base.ts';
import { checkRecipe } from './check.ts';
import { foreignHint } from './foreign.ts';
import { type ResolvedRecipe, resolvedFrom } from './resolved.ts';
import { type Recipe, recipeSchema } from './schema.ts';
import { applySets } from './sets.ts';

export type { NeedsParent } from './base.ts';
export { parentMissing } from './base.ts';
export { evidencesOf, type ResolvedRecipe } from './resolved.ts';

export interface RecipeOptions {
  /** Name of the cluster, for `per_cluster`. */
  readonly cluster?: string | undefined;
  /** `PATH=VALUE`, left to right. */
  readonly sets?: readonly string[] | undefined;
  /** Stages asked for; short paths are looked up in these. */
  readonly stages?: readonly string[] | undefined;
}

/** Either a parent's text is wanted, or the recipe with everything that is to be said about it. */
export type Resolving =
  | { readonly kind: 'needs'; readonly parent: NeedsParent }
  | ({ readonly kind: 'done' } & Checked<ResolvedRecipe>);

/** The typed recipe; a recipe without a title is called by its name. */
const typed = (layer: Layer): Checked<Recipe> => {
  const { value, diagnostics } = validate(layer, recipeSchema, foreignHint);
  return { value: value && { ...value, title: value.title ?? value.name }, diagnostics };
};

/** `per_cluster.NAME` of the cluster that was asked for, over the rest. */
const forCluster = (layer: Layer, cluster: string | undefined): Layer => {
  const path = ['per_cluster', cluster ?? ''];
  return isMap(valueAt(layer.value, path)) ? mergeLayers([layer, partOf(layer, path)]) : layer;
};

const same = (a: Diagnostic, b: Diagnostic): boolean => a.code === b.code && a.what === b.what;

/** Findings in the parts for other clusters, so that they do not wait for the day that cluster is used. */
const otherClusters = (layer: Layer, cluster: string | undefined, found: readonly Diagnostic[]): Diagnostic[] =>
  keysOf(childOf(layer.value, 'per_cluster'))
    .filter(name => name !== cluster)
    .flatMap(name => typed(forCluster(layer, String(name))).diagnostics)
    .filter(each => !found.some(known => same(known, each)));

const wrongStages = (value: unknown, stages: readonly string[] = []): Diagnostic[] => {
  const known = keysOf(childOf(value, 'stages')).map(String);
  return stages
    .filter(each => !known.includes(each))
    .map(each => ({
      code: 'MRT-R037',
      severity: 'error',
      what: `--stage ${each}: there is no such stage.`,
      hint: didYouMean(each, known),
    }));
};

/**
 * What contradicts what, in a recipe that has wrong values too: those are taken out, and the rest is checked, so that nobody
 * has to mend and ask again. Nothing is said about what stood beside a value that was taken out: it may follow from that.
 */
const checkRest = (layer: Layer, wrong: readonly Diagnostic[], files: readonly string[]): Diagnostic[] => {
  const paths = wrong.map(each => reach(layer.value, each.path ?? '').path);
  const rest: Layer = { ...layer, value: paths.reduce(withoutPath, layer.value) };
  const { value: recipe } = typed(rest);
  if (!recipe) return [];
  const touched = paths.map(path => pathText(path.slice(0, -1))).filter(path => path !== '');
  const isBeside = (path: string): boolean =>
    touched.some(each => path === each || path.startsWith(`${each}.`) || each.startsWith(`${path}.`));
  // Evidence is about another path than its own.
  const about = ({ code, path = '' }: Diagnostic): string =>
    code === 'MRT-R024' ? String(valueAt(layer.value, reach(layer.value, path).path)) : path;
  return checkRecipe(resolvedFrom(rest, recipe, files)).filter(each => !isBeside(about(each)));
};

/**
 * A recipe from its text and its parents' texts (the chain: the recipe, its parent, its parent's parent). Parents first, then
 * the recipe, then `per_cluster`, then `--set`; maps merge, anything else replaces. All findings at once.
 */
export const resolveRecipe = (chain: readonly Located[], options: RecipeOptions = {}): Resolving => {
  const next = nextParent(chain);
  if (next.needs) return { kind: 'needs', parent: next.needs };
  const layers = [...chain].reverse().map(fileLayer);
  const whole = mergeLayers(layers);
  const { layer: set, diagnostics: fromSets } = applySets(
    forCluster(whole, options.cluster),
    options.sets ?? [],
    options.stages,
  );
  const layer = withWrittenEnvironments(set);
  const { value: recipe, diagnostics } = typed(layer);
  const first = [...next.diagnostics, ...fromSets, ...diagnostics, ...wrongStages(layer.value, options.stages)];
  const found = [...first, ...otherClusters(whole, options.cluster, first)];
  const files = chain.map(each => each.file);
  if (!recipe) return { kind: 'done', diagnostics: sortByPlace([...found, ...checkRest(layer, diagnostics, files)]) };
  const value = resolvedFrom(layer, recipe, files);
  const all = sortByPlace([...found, ...checkRecipe(value)]);
  return hasErrors(all) ? { kind: 'done', diagnostics: all } : { kind: 'done', value, diagnostics: all };
};
