import type { ResolvedCluster } from '../cluster/resolve.ts';
import type { BlendMember } from '../engines/engine.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { formatCount } from '../model/units.ts';
import type { Recipe } from '../recipe/schema.ts';
import { amountOf, type Row } from './data.ts';
import { type DataFile, type DataHome, filesOf, tokensOf } from './data-files.ts';

/** A mixture as one stage is trained on it. */
export interface Mixed {
  readonly mixture: string;
  readonly recipe: Recipe;
  readonly home: DataHome;
  readonly sequenceLength: number;
  readonly blend: readonly BlendMember[];
  /** Tokens the stage sees by its budget; 0 without one. */
  readonly tokens: number;
}

/** get_blend_from_list of Megatron-LM; its index of members is an int16. */
const MOST_MEMBERS = 32766;

const eachRow = (
  { mixture, recipe, home }: Mixed,
  of: (row: Row, files: readonly DataFile[], path: string) => Diagnostic[],
): Diagnostic[] =>
  (recipe.mixtures[mixture] ?? []).flatMap((row, i) => of(row, filesOf(row.dataset, home), `mixtures.${mixture}.${i}`));

/** A row whose ratio cannot be known. */
const uncounted = (mixed: Mixed): Diagnostic[] =>
  eachRow(mixed, (row, files, path) => {
    const tokens = tokensOf(row.dataset, files, mixed.recipe);
    if (amountOf(row, tokens, mixed.sequenceLength) !== undefined) return [];
    const way = row.samples === undefined ? `epochs: ${row.epochs}` : 'samples: all';
    return [
      {
        code: 'MRT-D009',
        severity: 'error',
        what: `nobody knows how many tokens ${row.dataset} has, so ${way} says no ratio.`,
        hint: `write datasets.${row.dataset}.tokens, or read it from a copy: martlet check RECIPE --cluster C --connect --write.`,
        path: `${path}.dataset`,
      },
    ];
  });

/** Weights of parts against the parts of the files; without copies the parts are one file. */
const parts = (mixed: Mixed): Diagnostic[] =>
  eachRow(mixed, (row, files, path) => {
    const { weight } = row;
    if (typeof weight !== 'object' || mixed.home.ownOnly) return [];
    const known = new Set(files.flatMap(each => each.part ?? []));
    const found = (what: string, hint: string): Diagnostic => ({
      code: 'MRT-D010',
      severity: 'error',
      what,
      hint,
      path: `${path}.weight`,
    });
    const lost = Object.keys(weight).filter(part => (weight[part] ?? 0) > 0 && !known.has(part));
    const unweighed = files.filter(
      each => each.copy !== undefined && !(each.part !== undefined && each.part in weight),
    );
    return [
      ...lost.map(part =>
        found(
          `no file of ${row.dataset} is its part "${part}".`,
          `write part: ${part} beside the prefix in copies: dataset:${row.dataset}@${mixed.home.family}.`,
        ),
      ),
      ...unweighed.map(({ prefix, part }) =>
        found(
          part === undefined
            ? `${prefix} is no part of ${row.dataset}.`
            : `part "${part}" of ${row.dataset} has no weight.`,
          part === undefined ? 'write part: NAME beside its prefix in copies:.' : `add ${part}: 0 to leave it out.`,
        ),
      ),
    ];
  });

const blendable = ({ mixture, blend }: Mixed): Diagnostic[] => {
  const path = `mixtures.${mixture}`;
  if (blend.length === 0)
    return [
      {
        code: 'MRT-D011',
        severity: 'error',
        what: `everything in ${path} weighs nothing.`,
        hint: 'weigh one row above 0.',
        path,
      },
    ];
  if (blend.length <= MOST_MEMBERS) return [];
  const what = `${path} has ${blend.length} files.`;
  const why = `Megatron-LM blends at most ${MOST_MEMBERS}.`;
  return [{ code: 'MRT-D011', severity: 'error', what, why, hint: 'merge files (tools/merge_datasets.py).', path }];
};

/** Rows by passes or samples against the budget, which decides. A hundredth is what rounding to whole steps may cost. */
const budget = (mixed: Mixed): Diagnostic[] => {
  const { mixture, recipe, home, sequenceLength, tokens } = mixed;
  const rows = recipe.mixtures[mixture] ?? [];
  if (tokens === 0 || rows.some(row => row.epochs === undefined && row.samples === undefined)) return [];
  const asked = rows.reduce(
    (sum, row) =>
      sum + (amountOf(row, tokensOf(row.dataset, filesOf(row.dataset, home), recipe), sequenceLength) ?? Number.NaN),
    0,
  );
  if (!(Math.abs(asked - tokens) > tokens / 100)) return [];
  const way = rows[0]?.epochs === undefined ? 'samples' : 'epochs';
  return [
    {
      code: 'MRT-D013',
      severity: 'warning',
      what: `the ${way} of mixtures.${mixture} are ${formatCount(asked)} tokens, the budget sees ${formatCount(tokens)}.`,
      why: `the budget decides: each dataset is seen ${Number((tokens / asked).toPrecision(3))} times as much as its row says.`,
      hint: `write budget: {tokens: ${formatCount(asked)}}.`,
      path: `mixtures.${mixture}`,
    },
  ];
};

/** Copies in several files of which one has no number of tokens: told where the overlay names them. */
const sharedAlike = (mixed: Mixed, cluster: ResolvedCluster): Diagnostic[] =>
  eachRow(mixed, (row, files) => {
    const unknown = files.filter(each => each.tokens === undefined);
    const [first] = unknown;
    if (mixed.home.ownOnly || files.length < 2 || first?.copy === undefined) return [];
    return [
      {
        code: 'MRT-D012',
        severity: 'warning',
        what: `${unknown.length} of the ${files.length} files of ${row.dataset} have no number of tokens, so each gets the same part of its weight.`,
        hint: `martlet check RECIPE --cluster ${cluster.name} --connect --write reads the numbers from the .idx files.`,
        at: cluster.placeOf(first.copy),
        path: first.copy,
      },
    ];
  });

/** What is wrong or unknown about a mixture that is trained on; paths of the recipe, places of the overlay. */
export const checkMixture = (mixed: Mixed, cluster: ResolvedCluster): Diagnostic[] => {
  const broken = [...uncounted(mixed), ...parts(mixed)];
  return broken.length > 0 ? broken : [...blendable(mixed), ...budget(mixed), ...sharedAlike(mixed, cluster)];
};
