import type { Origin } from '../located/layers.ts';
import type { Checked, Place } from '../model/diagnostic.ts';
import type { Evidence, Recipe } from './schema.ts';

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
  /** The nearest place that is written, for a finding about this path. */
  placeOf(path: string): Place | undefined;
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
