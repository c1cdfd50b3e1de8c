import { fileLayer, type Layer, mergeLayers, type Origin, partOf, withWrittenEnvironments } from '../located/layers.ts';
import type { Located } from '../located/located.ts';
import { childOf, isMap, keysOf, leavesOf, type Path, pathText, reach, valueAt } from '../located/path.ts';
import { becauseOf, schemaAt } from '../located/shape.ts';
import { didYouMean } from '../located/suggest.ts';
import { validate } from '../located/validate.ts';
import { canonicalJson, digest } from '../model/canonical.ts';
import type { Checked, Diagnostic, Place } from '../model/diagnostic.ts';
import { hasErrors, sortByPlace } from '../model/diagnostic.ts';
import { type NeedsParent, nextParent } from './base.ts';
import { checkRecipe } from './check.ts';
import { foreignHint } from './foreign.ts';
import { findPath, originText } from './paths.ts';
import { evidencesOf, type ResolvedRecipe } from './resolved.ts';
import { type Recipe, recipeSchema } from './schema.ts';
import { applySets } from './sets.ts';

export type { NeedsParent } from './base.ts';
export { parentMissing } from './base.ts';
export type { ResolvedRecipe } from './resolved.ts';

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

const TITLE_BECAUSE = 'the name, where no title is written';

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

/** Where a value of the typed recipe is from: a default, when no layer has it. */
const originOf = (layer: Layer, recipe: Recipe, path: Path): Origin | undefined => {
  if (valueAt(layer.value, path) !== undefined || path.length === 0) return layer.origin(path);
  if (valueAt(recipe, path) === undefined) return undefined;
  if (path.length === 1 && path[0] === 'title') return { kind: 'default', where: TITLE_BECAUSE };
  const because = path
    .map((_, index) => becauseOf(schemaAt(recipeSchema, recipe, path.slice(0, index + 1))))
    .findLast(each => each !== undefined);
  return { kind: 'default', where: because ?? 'nothing is asked for' };
};

const unquoted = (text: string | undefined): string | undefined => text?.replace(/^(['"])(.*)\1$/s, '$2');

const resolved = (layer: Layer, recipe: Recipe, files: readonly string[]): ResolvedRecipe => {
  const exact = (path: string): Path | undefined => {
    const reached = reach(recipe, path);
    return reached.rest === '' ? reached.path : undefined;
  };
  const origin = (path: string): Origin | undefined => {
    const found = exact(path);
    return found && originOf(layer, recipe, found);
  };
  return {
    recipe,
    digest: digest(canonicalJson({ ...recipe, per_cluster: undefined })),
    files,
    origin,
    originText: path => originText(origin(path)),
    placeOf: (path): Place | undefined => layer.place(reach(layer.value, path).path),
    writtenText: path => {
      const found = exact(path);
      return found && unquoted(layer.source(found));
    },
    evidenceOf: path => evidencesOf(recipe, path)[0],
    fullPath: (path, stages) => {
      const { value, diagnostics } = findPath(recipe, path, stages, path);
      return { value: value && pathText(value), diagnostics };
    },
    leaves: leavesOf(recipe).map(pathText),
  };
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
  if (!recipe) return { kind: 'done', diagnostics: sortByPlace(found) };
  const value = resolved(
    layer,
    recipe,
    chain.map(each => each.file),
  );
  const all = sortByPlace([...found, ...checkRecipe(value)]);
  return hasErrors(all) ? { kind: 'done', diagnostics: all } : { kind: 'done', value, diagnostics: all };
};
