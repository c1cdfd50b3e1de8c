import { isMap, keysOf, pathText, reach, valueAt } from '../../located/path.ts';
import { didYouMean } from '../../located/suggest.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import { finding } from './finding.ts';

const sources = (resolved: ResolvedRecipe, path: string, source: string): Diagnostic[] => {
  const known = Object.keys(resolved.recipe.sources ?? {});
  if (known.includes(source)) return [];
  return [
    finding(resolved, 'MRT-R025', path, {
      what: `there is no source "${source}".`,
      hint: didYouMean(source, known) ?? 'add it to sources:',
    }),
  ];
};

/** A path that ends in a value which was replaced by a word (`parallel: auto`) is no mistake: its evidence waits. */
const nowhere = (resolved: ResolvedRecipe, path: string, text: string): Diagnostic[] => {
  const { path: reached, rest } = reach(resolved.recipe, text);
  const there = valueAt(resolved.recipe, reached);
  if (rest === '' || !(isMap(there) || Array.isArray(there))) return [];
  const next = rest.split('.')[0] ?? rest;
  const where = reached.length === 0 ? 'the recipe' : pathText(reached);
  const what = `the recipe has no ${text}.`;
  return [
    finding(resolved, 'MRT-R024', path, {
      what,
      why: `${where} has no "${next}".`,
      hint: didYouMean(next, keysOf(there).map(String)),
    }),
  ];
};

/** Whose table it is: a stage's, or a model's (their ids have a slash). */
const owners = (resolved: ResolvedRecipe, path: string, of: string): Diagnostic[] => {
  const known = Object.keys(resolved.recipe.stages);
  if (known.includes(of) || of.includes('/')) return [];
  return [
    finding(resolved, 'MRT-R033', path, {
      what: `"${of}" is no stage, and no model of the form ORG/NAME.`,
      hint: didYouMean(of, known),
    }),
  ];
};

/** Evidence and published tables name sources, paths, stages and models that are there. */
export const checkEvidence = (resolved: ResolvedRecipe): Diagnostic[] => [
  ...(resolved.recipe.evidence ?? []).flatMap(({ source, paths }, index) => [
    ...sources(resolved, `evidence.${index}.source`, source),
    ...paths.flatMap((text, i) => nowhere(resolved, `evidence.${index}.paths.${i}`, text)),
  ]),
  ...(resolved.recipe.published ?? []).flatMap(({ source, of }, index) => [
    ...sources(resolved, `published.${index}.source`, source),
    ...owners(resolved, `published.${index}.of`, of),
  ]),
];
