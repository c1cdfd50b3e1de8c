import type { Diagnostic } from '../model/diagnostic.ts';
import type { ResolvedRecipe } from '../recipe/resolve.ts';
import { expandSweep, type Variant } from '../recipe/sweep.ts';

/** A longer list of points says less than it hides. */
const SHOWN = 8;

/** One shell word, for a line that is pasted. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const lineOf = ({ sets }: Variant): string => sets.map(set => `--set ${quoted(set)}`).join(' ');

/** Set by the person already: what the sweep lists for this path no longer counts. */
const isChosen = (recipe: ResolvedRecipe, set: string): boolean =>
  recipe.origin(set.slice(0, set.indexOf('=')))?.kind === 'override';

/**
 * A plan is one point of a `sweep:`. An error, unless --set chose a value for every path that is swept; the hint has the
 * arguments of each point, ready to be pasted.
 */
export const sweepFindings = (recipe: ResolvedRecipe): Diagnostic[] => {
  const points = expandSweep(recipe).value ?? [];
  if (points.every(({ sets }) => sets.every(set => isChosen(recipe, set)))) return [];
  const more = points.length > SHOWN ? `; and ${points.length - SHOWN} more` : '';
  return [
    {
      code: 'MRT-P011',
      severity: 'error',
      what: 'sweep: is not in this version of plan; submit one point with --set PATH=VALUE.',
      hint: `its points: ${points.slice(0, SHOWN).map(lineOf).join('; ')}${more}.`,
      path: 'sweep',
      at: recipe.placeOf('sweep', 'key'),
    },
  ];
};
