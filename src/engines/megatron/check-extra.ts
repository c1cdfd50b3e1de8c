import type { Diagnostic } from '../../model/diagnostic.ts';
import { fullPath } from './command.ts';
import { rowsOf } from './flags.ts';
import { optionOf } from './releases/index.ts';
import type { MegatronSpec } from './spec.ts';

/** `--lr` of `--lr=5`. */
const nameOf = (word: string): string => word.split('=', 1)[0] ?? word;

/** The row that gives the same flag, or another spelling of it, or its opposite. */
const rowOf = (name: string, { release }: MegatronSpec) => {
  const dest = optionOf(name, release)?.dest;
  return rowsOf(release).find(
    row => row.flag === name || (dest !== undefined && optionOf(row.flag, release)?.dest === dest),
  );
};

const finding = (key: string, spec: MegatronSpec, rest: Pick<Diagnostic, 'what' | 'why' | 'hint'>): Diagnostic => ({
  code: 'MRT-E003',
  severity: 'error',
  ...rest,
  path: `stages.${spec.context.name}.extra.${key}`,
});

const checkKey = (key: string, spec: MegatronSpec): Diagnostic[] => {
  if (optionOf(key, spec.release)?.action === 'help') {
    const why = 'the program would print its options, train nothing, and end as if all were well.';
    return [finding(key, spec, { what: `${key} is not for extra:.`, why, hint: `remove ${key}.` })];
  }
  const row = rowOf(key, spec);
  if (!row || row.yields || (row.isKernel && !row.of(spec))) return [];
  const path = row.path && fullPath(row.path, spec.context.name);
  return [
    finding(key, spec, {
      what: `${key} is not for extra:.`,
      why: path ? `it has a recipe word: ${path}.` : 'martlet gives it itself.',
      hint: path ? `write it there and remove ${key} here.` : `remove ${key}.`,
    }),
  ];
};

/** A list becomes separate words, and argparse takes one that looks like a flag for a flag. */
const checkValues = (key: string, value: unknown, spec: MegatronSpec): Diagnostic[] => {
  const flag = Array.isArray(value) ? value.find(each => optionOf(nameOf(String(each)), spec.release)) : undefined;
  if (flag === undefined) return [];
  const why = 'the program would read it as a flag of its own.';
  return [
    finding(key, spec, { what: `${flag} is a value of ${key}.`, why, hint: `write ${flag} as a key of extra:.` }),
  ];
};

/** `extra:` words that have a recipe word of their own: two places for one value would disagree one day. */
export const checkExtra = (spec: MegatronSpec): Diagnostic[] =>
  Object.entries(spec.stage.extra ?? {}).flatMap(([key, value]) => [
    ...checkKey(key, spec),
    ...checkValues(key, value, spec),
  ]);

/** The stage without what checkExtra refuses, so that a refused word is no second finding. */
export const withoutRefused = (spec: MegatronSpec): MegatronSpec => {
  const kept = Object.entries(spec.stage.extra ?? {}).filter(
    ([key, value]) => checkKey(key, spec).length === 0 && checkValues(key, value, spec).length === 0,
  );
  return { ...spec, stage: { ...spec.stage, extra: Object.fromEntries(kept) } };
};
