import { didYouMean } from '../../located/suggest.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import type { MixtureRow, Stage } from '../schema.ts';
import { finding } from './finding.ts';

const WAYS = ['weight', 'share', 'epochs', 'samples'] as const;
const wayOf = (row: MixtureRow) => WAYS.filter(way => row[way] !== undefined);

const exists = (
  resolved: ResolvedRecipe,
  kind: 'dataset' | 'mixture',
  name: string | undefined,
  path: string,
): Diagnostic[] => {
  const known = Object.keys(kind === 'dataset' ? resolved.recipe.datasets : resolved.recipe.mixtures);
  if (name === undefined || known.includes(name)) return [];
  return [
    finding(resolved, 'MRT-R022', path, {
      what: `there is no ${kind} "${name}".`,
      hint: didYouMean(name, known) ?? `add it to ${kind}s:`,
    }),
  ];
};

/** One way of weighing for a whole mixture: a weight beside a number of epochs has no meaning. */
const ways = (resolved: ResolvedRecipe, name: string, rows: readonly MixtureRow[]): Diagnostic[] => {
  const [first] = rows.flatMap(wayOf);
  return rows.flatMap((row, index) => {
    const own = wayOf(row);
    if (own.length === 1 && own[0] === first) return [];
    const path = `mixtures.${name}.${index}`;
    const found = own.length === 0 ? 'none' : own.join(' and ');
    const what = `the row of ${row.dataset} has ${found} of ${WAYS.join(', ')}.`;
    const why =
      own.length === 1
        ? `the rows before have ${first}; one way is taken for the whole mixture.`
        : 'each row has exactly one of them.';
    return [finding(resolved, 'MRT-R023', path, { what, why })];
  });
};

/** Weights are ratios, so all of them may not be 0; shares are parts of one whole. */
const sums = (resolved: ResolvedRecipe, name: string, rows: readonly MixtureRow[]): Diagnostic[] => {
  const total = rows.reduce((sum, row) => sum + (row.share ?? 0), 0);
  if (rows.some(row => row.share === undefined) || Math.abs(total - 1) < 1e-3) return [];
  const what = `the shares of mixtures.${name} sum to ${Number(total.toPrecision(6))}.`;
  return [
    finding(resolved, 'MRT-R023', `mixtures.${name}`, {
      what,
      why: 'shares are parts of one whole and sum to 1.',
      hint: 'use weight: for ratios.',
    }),
  ];
};

const stageNames = (resolved: ResolvedRecipe, name: string, stage: Stage): Diagnostic[] => {
  const path = `stages.${name}`;
  const lists = [
    ...('validation' in stage
      ? (stage.validation?.datasets ?? []).map((each, i) => [each, `${path}.validation.datasets.${i}`])
      : []),
    ...(stage.kind === 'fetch' ? (stage.datasets ?? []).map((each, i) => [each, `${path}.datasets.${i}`]) : []),
    ...(stage.kind === 'synthesize' ? [[stage.to, `${path}.to`]] : []),
  ] as [string, string][];
  return [
    ...('mixture' in stage ? exists(resolved, 'mixture', stage.mixture, `${path}.mixture`) : []),
    ...lists.flatMap(([each, at]) => exists(resolved, 'dataset', each, at)),
  ];
};

/** Mixtures and datasets that are named exist, and each mixture is weighed in one way. */
export const checkData = (resolved: ResolvedRecipe): Diagnostic[] => [
  ...Object.entries(resolved.recipe.mixtures).flatMap(([name, rows]) => [
    ...rows.flatMap((row, index) => exists(resolved, 'dataset', row.dataset, `mixtures.${name}.${index}.dataset`)),
    ...ways(resolved, name, rows),
    ...sums(resolved, name, rows),
  ]),
  ...Object.entries(resolved.recipe.stages).flatMap(([name, stage]) => stageNames(resolved, name, stage)),
];
