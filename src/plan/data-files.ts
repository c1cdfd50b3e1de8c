import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { Recipe } from '../recipe/schema.ts';

type Copies = NonNullable<ResolvedCluster['profile']['copies']>;

/** What was measured on the cluster, by prefix; an input of the plan (facts.json of a run). */
export interface DataFacts {
  readonly [prefix: string]: { readonly tokens: number; readonly documents: number };
}

/** Where the tokenised data of a run lies, and what is known of it. */
export interface DataHome {
  /** `llama-3.1`: data tokenised with one family can be shared. */
  readonly family: string;
  /** Folder for what `copies:` does not have. */
  readonly folder: string;
  /** A rehearsal makes its own data and takes no copies, only their numbers of tokens. */
  readonly ownOnly: boolean;
  readonly copies?: Copies | undefined;
  readonly facts?: DataFacts | undefined;
}

/** One .idx/.bin pair of a dataset. */
export interface DataFile {
  readonly dataset: string;
  /** Absolute, on the cluster, without .idx and .bin. */
  readonly prefix: string;
  /** Measured, else as the overlay says. */
  readonly tokens?: number | undefined;
  readonly part?: string | undefined;
  /** Path of the overlay that names it; undefined: nobody did, so a prepare stage makes it at its home. */
  readonly copy?: string | undefined;
}

const sumOf = (tokens: readonly (number | undefined)[]): number | undefined =>
  tokens.reduce(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each),
    0 as number | undefined,
  );

const copiesOf = (dataset: string, { family, copies, facts }: DataHome): DataFile[] => {
  const key = `dataset:${dataset}@${family}`;
  const found = copies?.[key];
  if (found === undefined) return [];
  if (typeof found === 'string')
    return [{ dataset, prefix: found, tokens: facts?.[found]?.tokens, copy: `copies.${key}` }];
  return found.files.map(({ prefix, tokens, part }, i) => ({
    dataset,
    prefix,
    tokens: facts?.[prefix]?.tokens ?? tokens,
    part,
    copy: `copies.${key}.files.${i}.prefix`,
  }));
};

/** The files of a dataset: those of `copies:`, else the one that a prepare stage makes at its home. */
export const filesOf = (dataset: string, home: DataHome): DataFile[] => {
  const copied = copiesOf(dataset, home);
  if (copied.length > 0 && !home.ownOnly) return copied;
  const prefix = `${home.folder}/${dataset}_text_document`;
  const tokens = copied.length > 0 ? sumOf(copied.map(each => each.tokens)) : home.facts?.[prefix]?.tokens;
  return [{ dataset, prefix, tokens }];
};

/** Tokens of a dataset: of all its files where each is known, else as the recipe says. */
export const tokensOf = (dataset: string, files: readonly DataFile[], recipe: Recipe): number | undefined =>
  sumOf(files.map(each => each.tokens)) ?? recipe.datasets[dataset]?.tokens;

/** Datasets of a mixture, each once, in its order. */
export const datasetsOf = (mixture: string, recipe: Recipe): string[] => [
  ...new Set((recipe.mixtures[mixture] ?? []).map(({ dataset }) => dataset)),
];
