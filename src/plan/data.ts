import type { BlendMember } from '../engines/engine.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatCount } from '../model/units.ts';
import type { Recipe } from '../recipe/schema.ts';
import { type DataFile, type DataHome, datasetsOf, filesOf, tokensOf } from './data-files.ts';
import type { PlannedMixture } from './types.ts';

export type Row = Recipe['mixtures'][string][number];

/**
 * How much of a row is asked for, in the unit of its mixture: a ratio for weight and share, tokens for epochs and samples. A
 * sample is one sequence, as Megatron-LM counts them; `all` is every token once. undefined: nobody knows the number of tokens.
 */
export const amountOf = (row: Row, tokens: number | undefined, sequenceLength: number): number | undefined => {
  if (typeof row.weight === 'number') return row.weight;
  if (row.weight) return Object.values(row.weight).reduce((sum, each) => sum + each, 0);
  if (row.share !== undefined) return row.share;
  if (typeof row.samples === 'number') return row.samples * sequenceLength;
  const passes = row.samples === 'all' ? 1 : row.epochs;
  if (passes === 0) return 0;
  return passes === undefined || tokens === undefined ? undefined : passes * tokens;
};

/** Shared out by tokens; alike where those of one file are not known. */
const sharedOut = (amount: number, files: readonly DataFile[]): number[] => {
  const all = files.reduce((sum, each) => sum + (each.tokens ?? Number.NaN), 0);
  return files.map(({ tokens = 0 }) => (all > 0 ? (amount * tokens) / all : amount / files.length));
};

/** Part by part where the recipe weighs parts and the files say which they are. */
const weightsOf = (row: Row, files: readonly DataFile[], amount: number): number[] => {
  const { weight } = row;
  if (typeof weight !== 'object' || files.every(each => each.part === undefined)) return sharedOut(amount, files);
  return files.map(file => {
    const same = files.filter(each => each.part === file.part);
    const own = file.part === undefined ? 0 : (weight[file.part] ?? 0);
    return sharedOut(own, same)[same.indexOf(file)] ?? 0;
  });
};

/** Weights are written with at most 12 digits: only ratios count, and a flag must not end in 0.30000000000000004. */
const round = (weight: number): number => Number(weight.toPrecision(12));

const members = (row: Row, recipe: Recipe, home: DataHome, sequenceLength: number): BlendMember[] => {
  const files = filesOf(row.dataset, home);
  const amount = amountOf(row, tokensOf(row.dataset, files, recipe), sequenceLength);
  const weights = weightsOf(row, files, amount ?? 0);
  return files.map(({ prefix, tokens, copy }, i) => ({
    dataset: row.dataset,
    prefix,
    weight: round(weights[i] ?? 0),
    isCopy: copy !== undefined,
    ...(tokens === undefined ? {} : { tokens }),
  }));
};

/** The blend of a stage as its engine gets it, in the recipe's order. What weighs nothing is left out: Megatron-LM refuses it. */
export const blendOf = (mixture: string, recipe: Recipe, home: DataHome, sequenceLength: number): BlendMember[] =>
  (recipe.mixtures[mixture] ?? [])
    .flatMap(row => members(row, recipe, home, sequenceLength))
    .filter(each => each.weight > 0);

/** Every file of a mixture, weighed or not, each once: what a prepare stage has to do with. */
export const pairsOf = (mixture: string, recipe: Recipe, home: DataHome): BlendMember[] =>
  datasetsOf(mixture, recipe).flatMap(dataset =>
    filesOf(dataset, home).map(({ prefix, copy }) => ({ dataset, prefix, weight: 1, isCopy: copy !== undefined })),
  );

/**
 * Passes above this teach little that is new: up to four epochs of repeated data change the loss hardly at all against as many
 * fresh tokens (Muennighoff et al. 2023, Scaling Data-Constrained Language Models, arXiv:2305.16264).
 */
const MOST_PASSES = 4;

/** Tokens seen of each dataset and passes over it: weighted blends repeat small members silently. */
export const sharesOf = (
  mixture: string,
  stage: string,
  recipe: Recipe,
  blend: readonly BlendMember[],
  home: DataHome,
  tokens: number,
): PlannedMixture => {
  const sum = blend.reduce((all, each) => all + each.weight, 0);
  const rows = datasetsOf(mixture, recipe).map(dataset => {
    const own = blend.filter(each => each.dataset === dataset);
    const share = sum > 0 ? own.reduce((all, each) => all + each.weight, 0) / sum : 0;
    const available = tokensOf(dataset, filesOf(dataset, home), recipe);
    const { access, substitute } = recipe.datasets[dataset] ?? {};
    return {
      dataset,
      share,
      tokensSeen: Math.round(share * tokens),
      ...(available === undefined
        ? {}
        : { tokensAvailable: available, ...(available > 0 ? { passes: (share * tokens) / available } : {}) }),
      ...(access === 'closed' && substitute?.hub !== undefined ? { substitute: substitute.hub } : {}),
    };
  });
  return { name: mixture, stage, mostPasses: MOST_PASSES, rows };
};

/** Small members that a blend would repeat often: nothing in Megatron-LM warns about it. */
export const repeated = (mixture: PlannedMixture): Diagnostic[] =>
  mixture.rows
    .filter(row => (row.passes ?? 0) > MOST_PASSES)
    .map(row => ({
      code: 'MRT-P008',
      severity: 'warning',
      what: `${row.dataset} is passed over ${(row.passes ?? 0).toFixed(1)} times: ${formatCount(row.tokensSeen)} of ${formatCount(row.tokensAvailable ?? 0)} tokens.`,
      why: `more than ${MOST_PASSES} passes teach little that is new (Muennighoff et al. 2023, arXiv:2305.16264).`,
      path: `datasets.${row.dataset}.tokens`,
    }));
