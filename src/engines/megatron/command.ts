import type { Expectation } from '../../model/metric.ts';
import { numberText } from '../../model/units.ts';
import type { Word } from '../../shell/word.ts';
import { lit } from '../../shell/word.ts';
import type { Flag, FlagValue } from './flags.ts';
import { rowsOf } from './flags.ts';
import { optionOf, releaseOf } from './releases/index.ts';
import type { Release } from './releases/release.ts';
import type { MegatronSpec } from './spec.ts';

/** `stages.cpt.optimizer.lr` for a row's `optimizer.lr`; `/model.architecture` is a path from the root. */
export const fullPath = (path: string, stage: string): string =>
  path.startsWith('/') ? path.slice(1) : `stages.${stage}.${path}`;

const valueText = (value: number | string): string => (typeof value === 'number' ? numberText(value) : value);

/** A flag as words: bare, `--flag=value`, or the flag and separate words. Nothing for false and undefined. */
const flagWords = (flag: string, value: FlagValue | null): Word[] => {
  if (value === undefined || value === false || value === null) return [];
  if (value === true) return [lit(flag)];
  if (Array.isArray(value)) return [flag, ...value].map(lit);
  if (typeof value === 'object' && 'when' in value) return [[{ when: value.when, flag }]];
  if (typeof value === 'object' && 'word' in value) return [[{ lit: `${flag}=` }, ...value.word]];
  return [lit(`${flag}=${valueText(value as number | string)}`)];
};

/** Words of `extra:`; numbers keep the text a person would write, a list becomes separate words, null takes a flag back. */
export const extraWords = (extra: Readonly<Record<string, unknown>> | undefined): Word[] =>
  Object.entries(extra ?? {}).flatMap(([flag, value]) => {
    if (Array.isArray(value)) return flagWords(flag, value.map(String));
    return flagWords(flag, value as FlagValue | null);
  });

const yieldsTo = (row: Flag, { stage }: MegatronSpec): boolean =>
  Boolean(row.yields && stage.extra && row.flag in stage.extra);

/** Rows with a flag of this release; what has none is a finding of check-release.ts or changes nothing. */
const given = (spec: MegatronSpec): readonly Flag[] =>
  rowsOf(spec.release).filter(row => !yieldsTo(row, spec) && optionOf(row.flag, spec.release) !== undefined);

/** Where nothing is there to start from, as in a rehearsal, the first start would end at once with code 0. */
const extraOf = ({ context, stage }: MegatronSpec) => {
  const { '--exit-on-missing-checkpoint': wish, ...others } = stage.extra ?? {};
  return wish === undefined || context.pretrained === undefined ? others : stage.extra;
};

/** All arguments of pretrain_gpt.py for one stage, one word or word group a row of the table. */
export const argumentsOf = (spec: MegatronSpec): Word[] => [
  ...given(spec).flatMap(row => flagWords(row.flag, row.of(spec))),
  ...extraWords(extraOf(spec)),
];

/** The argument dump prints attribute names; most, not all, are the flag's. */
const dumpName = (flag: string, release: Release): string =>
  `arg:${optionOf(flag, release)?.dest ?? flag.replace(/^--/, '').replaceAll('-', '_')}`;

const expectation = (row: Flag, spec: MegatronSpec): Expectation[] => {
  const asked = row.of(spec);
  if (row.path === '' || row.echo === null || asked === undefined || typeof asked === 'object') return [];
  // An absent flag is not checked: its default may be shared with something a site switched on.
  if (asked === false) return [];
  const unscaled = row.unscaled?.(spec);
  const fromStep = row.fromStep?.(spec);
  return [
    {
      path: fullPath(row.path, spec.context.name),
      metric: row.echo ?? dumpName(row.flag, spec.release),
      take: row.take ?? 'last',
      asked,
      rel: row.rel ?? 1e-12,
      ...(fromStep === undefined ? {} : { fromStep }),
      ...(unscaled !== undefined && unscaled !== asked ? { unscaled } : {}),
    },
  ];
};

/** What the log must say back, a row for each value that Megatron prints. */
export const expectationsOf = (spec: MegatronSpec): Expectation[] => given(spec).flatMap(row => expectation(row, spec));

/** The flags a recipe path becomes, for `explain`: `optimizer.lr` of a stage, or `model.architecture` of the root. */
export const flagsOf = (path: string, release: string): string[] => {
  const known = releaseOf(release);
  if (!known) return [];
  return rowsOf(known)
    .filter(row => (row.path === path || row.path === `/${path}`) && optionOf(row.flag, known) !== undefined)
    .map(row => row.flag);
};
