import type { Layer, Origin } from '../located/layers.ts';
import { leavesOf, type Path, pathText, reach, valueAt } from '../located/path.ts';
import { becauseOf, schemaAt } from '../located/shape.ts';
import { canonicalJson, digest } from '../model/canonical.ts';
import type { Checked, Place } from '../model/diagnostic.ts';
import { findPath, originText } from './paths.ts';
import { type Evidence, type Recipe, recipeSchema } from './schema.ts';

/** A recipe after parents, the cluster's part, overrides and defaults: every value there, and where each is from. */
export interface ResolvedRecipe {
  readonly recipe: Recipe;
  /** SHA-256 of the typed values without `per_cluster`: equal meaning, equal digest, however it is written. */
  readonly digest: string;
  /** The recipe's file, then its parents. */
  readonly files: readonly string[];
  /** Where a value is from; of the nearest part of the path that is written. undefined: there is no such value. */
  origin(path: string): Origin | undefined;
  /** The same in a few words: `recipes/x.yaml:4:7`, `--set PATH=VALUE`, `default: REASON`. */
  originText(path: string): string;
  /** The nearest place that is written, of the value or its key, for a finding about this path. */
  placeOf(path: string, which?: 'key' | 'value'): Place | undefined;
  /** The source text of a scalar without its quotes: `210B`, with the digits that were written. */
  writtenText(path: string): string | undefined;
  /** The evidence with the longest path that fits. Of several with the same path the first; see `evidencesOf`. */
  evidenceOf(path: string): Evidence | undefined;
  /** A full path from a full or short one; a short one must fit exactly one of the stages (all, when none are named). */
  fullPath(path: string, stages?: readonly string[]): Checked<string>;
  /** Full paths of all leaves, lists of scalars being one. */
  readonly leaves: readonly string[];
}

const fits = (pattern: string, path: string): boolean => path === pattern || path.startsWith(`${pattern}.`);

/** All evidence with the longest fitting path: two published values stay two. */
export const evidencesOf = (recipe: Pick<Recipe, 'evidence'>, path: string): Evidence[] => {
  const length = (each: Evidence): number =>
    Math.max(0, ...each.paths.filter(own => fits(own, path)).map(own => own.length));
  const found = (recipe.evidence ?? []).filter(each => length(each) > 0);
  const longest = Math.max(0, ...found.map(length));
  return found.filter(each => length(each) === longest);
};

const TITLE_BECAUSE = 'the name, where no title is written';

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

/** A typed recipe with its layer's origins; what no layer has is a default. */
export const resolvedFrom = (layer: Layer, recipe: Recipe, files: readonly string[]): ResolvedRecipe => {
  // Asked for by plans, not by a check: made when it is asked for.
  let sum: string | undefined;
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
    get digest() {
      sum ??= digest(canonicalJson({ ...recipe, per_cluster: undefined }));
      return sum;
    },
    files,
    origin,
    originText: path => originText(origin(path)),
    placeOf: (path, which): Place | undefined => layer.place(reach(layer.value, path).path, which),
    writtenText: path => {
      const found = exact(path);
      return found && unquoted(layer.source(found));
    },
    evidenceOf: path => evidencesOf(recipe, path)[0],
    fullPath: (path, stages) => {
      const { value, diagnostics } = findPath(recipe, path, stages, path);
      return { value: value && pathText(value), diagnostics };
    },
    get leaves() {
      return leavesOf(recipe).map(pathText);
    },
  };
};
