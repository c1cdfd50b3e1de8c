import { isMap } from '../located/path.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { numberText } from '../model/units.ts';
import { finding, nameFinding } from './checks/finding.ts';
import type { ResolvedRecipe } from './resolved.ts';

/** One point of a sweep: a name made from its values, and the `--set` arguments that make it. */
export interface Variant {
  readonly name: string;
  readonly sets: readonly string[];
}

/** More points than this are a mistake in a list. */
const MOST_POINTS = 100_000;

/** One value at one path, as a `--set` argument and as a part of a name. */
interface Choice {
  readonly set: string;
  readonly label: string;
}
/** Choices that are made together; a plain list has one each, `zip` has several. */
type Axis = readonly (readonly Choice[])[];

const sanitized = (text: string): string => text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^-+|-+$/g, '');

const choice = (resolved: ResolvedRecipe, above: string, path: string, value: unknown, index: number): Choice => {
  const written =
    typeof value === 'number' ? (resolved.writtenText(`${above}.${path}.${index}`) ?? numberText(value)) : undefined;
  // JSON is YAML: quotes, lists and maps come through --set as they are.
  const text = written ?? JSON.stringify(value);
  const short = typeof value === 'object' ? `${index + 1}` : sanitized(written ?? String(value));
  return { set: `${path}=${text}`, label: `${sanitized(path.split('.').at(-1) ?? path)}-${short}` };
};

const listAxis = (resolved: ResolvedRecipe, above: string, path: string, values: readonly unknown[]): Axis =>
  values.map((value, index) => [choice(resolved, above, path, value, index)]);

const zipAxis = (
  resolved: ResolvedRecipe,
  above: string,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Axis => {
  const [first = []] = Object.values(lists);
  return first.map((_, index) =>
    Object.entries(lists).map(([path, values]) => choice(resolved, above, path, values[index], index)),
  );
};

/** `zip:` is one map of lists, or a list of such maps. */
const zipsOf = (
  zip: unknown,
): readonly (readonly [at: string, lists: Readonly<Record<string, readonly unknown[]>>])[] => {
  if (zip === undefined) return [];
  const all = Array.isArray(zip)
    ? zip.map((each, i) => [`sweep.zip.${i}`, each] as const)
    : [['sweep.zip', zip] as const];
  return all.filter(([, each]) => isMap(each)) as [string, Record<string, unknown[]>][];
};

const listsOf = (resolved: ResolvedRecipe): [string, readonly unknown[]][] => {
  const { zip: _, ...lists } = resolved.recipe.sweep ?? {};
  return Object.entries(lists) as [string, readonly unknown[]][];
};

const badPath = (resolved: ResolvedRecipe, above: string, path: string): Diagnostic[] => {
  const { value, diagnostics } = resolved.fullPath(path);
  const words = diagnostics[0] ?? { what: `"${path}" is short for ${value}.`, hint: 'a sweep takes full paths.' };
  if (value === path && diagnostics.length === 0) return [];
  return [nameFinding(resolved, 'MRT-R032', `${above}.${path}`, { what: words.what, hint: words.hint })];
};

const uneven = (
  resolved: ResolvedRecipe,
  above: string,
  lists: Readonly<Record<string, readonly unknown[]>>,
): Diagnostic[] => {
  const lengths = Object.values(lists).map(each => each.length);
  if (new Set(lengths).size <= 1) return [];
  return [
    finding(resolved, 'MRT-R032', above, {
      what: `the lists of zip have ${lengths.join(' and ')} values.`,
      why: 'they go together, value by value.',
    }),
  ];
};

const twice = (resolved: ResolvedRecipe, paths: readonly string[]): Diagnostic[] =>
  paths
    .filter((path, index) => paths.indexOf(path) !== index)
    .map(path => finding(resolved, 'MRT-R032', 'sweep', { what: `${path} is swept twice.` }));

/** Full paths that exist, lists of equal length in each `zip`, and no more points than anybody means. */
export const checkSweep = (resolved: ResolvedRecipe): Diagnostic[] => {
  const lists = listsOf(resolved);
  const zips = zipsOf(resolved.recipe.sweep?.zip);
  const points = [
    ...lists.map(([, values]) => values.length),
    ...zips.map(([, each]) => Object.values(each)[0]?.length ?? 1),
  ].reduce((a, b) => a * b, 1);
  return [
    ...lists.flatMap(([path]) => badPath(resolved, 'sweep', path)),
    ...zips.flatMap(([at, each]) => [
      ...Object.keys(each).flatMap(path => badPath(resolved, at, path)),
      ...uneven(resolved, at, each),
    ]),
    ...twice(resolved, [...lists.map(([path]) => path), ...zips.flatMap(([, each]) => Object.keys(each))]),
    ...(points > MOST_POINTS
      ? [
          finding(resolved, 'MRT-R032', 'sweep', {
            what: `the sweep has ${points} points; at most ${MOST_POINTS} are taken.`,
          }),
        ]
      : []),
  ];
};

const product = (axes: readonly Axis[]): readonly (readonly Choice[])[] =>
  axes.reduce<readonly (readonly Choice[])[]>(
    (done, axis) => done.flatMap(before => axis.map(each => [...before, ...each])),
    [[]],
  );

/** Names end as folders: at most 64 characters, and each point its own. */
const named = (points: readonly (readonly Choice[])[], base: string): Variant[] => {
  const labels = points.map(point => `${base}-${point.map(({ label }) => label).join('_')}`);
  const isGood = new Set(labels).size === labels.length && labels.every(each => each.length <= 64);
  return points.map((point, index) => ({
    name: isGood ? (labels[index] ?? base) : `${base.slice(0, 56)}-p${index + 1}`,
    sets: point.map(({ set }) => set),
  }));
};

/**
 * The points of a recipe's sweep in the order of the text, the last list changing fastest; without `sweep:` one point, the
 * recipe itself. Each point is resolved by giving its `sets` to resolveRecipe.
 */
export const expandSweep = (resolved: ResolvedRecipe): Checked<readonly Variant[]> => {
  if (resolved.recipe.sweep === undefined)
    return { value: [{ name: resolved.recipe.name, sets: [] }], diagnostics: [] };
  const diagnostics = checkSweep(resolved);
  if (hasErrors(diagnostics)) return { diagnostics };
  const axes = [
    ...listsOf(resolved).map(([path, values]) => listAxis(resolved, 'sweep', path, values)),
    ...zipsOf(resolved.recipe.sweep.zip).map(([at, lists]) => zipAxis(resolved, at, lists)),
  ];
  return { value: named(product(axes), resolved.recipe.name), diagnostics };
};
