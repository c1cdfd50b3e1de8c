import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { BlendMember } from '../engines/engine.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatCount } from '../model/units.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { PlannedMixture } from './types.ts';

type Row = Recipe['mixtures'][string][number];
type Copies = NonNullable<ResolvedCluster['profile']['copies']>;

/** Where the tokenised data of a run lies. */
export interface DataHome {
  /** `llama-3.1`: data tokenised with one family can be shared. */
  readonly family: string;
  /** Folder for what `copies:` does not have. */
  readonly folder: string;
  /** A rehearsal makes its own data and takes no copies. */
  readonly ownOnly: boolean;
}

const filesOf = (dataset: string, home: DataHome, copies: Copies | undefined) => {
  const found = home.ownOnly ? undefined : copies?.[`dataset:${dataset}@${home.family}`];
  if (typeof found === 'object') return found.files;
  return [{ prefix: found ?? `${home.folder}/${dataset}_text_document`, tokens: undefined, part: undefined }];
};

const amountOf = (row: Row, tokens: number | undefined): number => {
  if (typeof row.weight === 'number') return row.weight;
  if (row.weight) return Object.values(row.weight).reduce((sum, each) => sum + each, 0);
  return row.share ?? (row.epochs !== undefined && tokens !== undefined ? row.epochs * tokens : 0);
};

/** A set in several files: its weight is shared out by their tokens, or part by part where the recipe weighs parts. */
const members = (row: Row, recipe: Recipe, home: DataHome, copies: Copies | undefined): BlendMember[] => {
  const files = filesOf(row.dataset, home, copies);
  const known = files.every(each => each.tokens !== undefined);
  const all = files.reduce((sum, each) => sum + (each.tokens ?? 0), 0);
  const amount = amountOf(row, known ? all : recipe.datasets[row.dataset]?.tokens);
  return files.map(({ prefix, tokens, part }) => {
    const byPart = typeof row.weight === 'object' && part !== undefined ? row.weight[part] : undefined;
    const share = known && all > 0 ? (tokens ?? 0) / all : 1 / files.length;
    return {
      dataset: row.dataset,
      prefix,
      weight: round(byPart ?? amount * share),
      ...(tokens === undefined ? {} : { tokens }),
    };
  });
};

/** Weights are written with at most 12 digits: only ratios count, and a flag must not end in 0.30000000000000004. */
const round = (weight: number): number => Number(weight.toPrecision(12));

/** The blend of a stage as its engine gets it, in the recipe's order. */
export const blendOf = (mixture: string, recipe: Recipe, home: DataHome, copies: Copies | undefined): BlendMember[] =>
  (recipe.mixtures[mixture] ?? []).flatMap(row => members(row, recipe, home, copies));

/** Tokens seen of each dataset and passes over it: weighted blends repeat small members silently. */
export const sharesOf = (
  mixture: string,
  stage: string,
  recipe: Recipe,
  blend: readonly BlendMember[],
  tokens: number,
): PlannedMixture => {
  const sum = blend.reduce((all, each) => all + each.weight, 0);
  const rows = (recipe.mixtures[mixture] ?? []).map(({ dataset }) => {
    const own = blend.filter(each => each.dataset === dataset);
    const share = sum > 0 ? own.reduce((all, each) => all + each.weight, 0) / sum : 0;
    const counted = own.every(each => each.tokens !== undefined)
      ? own.reduce((all, each) => all + (each.tokens ?? 0), 0)
      : undefined;
    const available = counted ?? recipe.datasets[dataset]?.tokens;
    const substitute =
      recipe.datasets[dataset]?.access === 'closed' ? recipe.datasets[dataset]?.substitute?.hub : undefined;
    return {
      dataset,
      share,
      tokensSeen: Math.round(share * tokens),
      ...(available === undefined ? {} : { tokensAvailable: available, passes: (share * tokens) / available }),
      ...(substitute === undefined ? {} : { substitute }),
    };
  });
  return { name: mixture, stage, rows };
};

/** Passes above this teach little that is new (Muennighoff et al. 2023, Scaling Data-Constrained Language Models). */
const MOST_PASSES = 4;

/** Small members that a blend would repeat often: nothing in Megatron-LM warns about it. */
export const repeated = (mixture: PlannedMixture): Diagnostic[] =>
  mixture.rows
    .filter(row => (row.passes ?? 0) > MOST_PASSES)
    .map(row => ({
      code: 'MRT-P008',
      severity: 'warning',
      what: `${row.dataset} is passed over ${(row.passes ?? 0).toFixed(1)} times: ${formatCount(row.tokensSeen)} of ${formatCount(row.tokensAvailable ?? 0)} tokens.`,
      why: `more than ${MOST_PASSES} passes teach little that is new.`,
      path: `datasets.${row.dataset}.tokens`,
    }));
