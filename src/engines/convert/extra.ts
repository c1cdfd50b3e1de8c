import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Word } from '../../shell/word.ts';
import type { StageContext } from '../engine.ts';
import { type Flag, parseArguments } from '../megatron/argparse.ts';
import { extraWords } from '../megatron/command.ts';

const textOf = (value: Word): string => value.map(part => ('lit' in part ? part.lit : '')).join('');

const extraOf = ({ stage }: StageContext): Readonly<Record<string, unknown>> =>
  ('extra' in stage ? stage.extra : undefined) ?? {};

/** `extra:` as words of a converter's command line. */
export const extraOptions = (context: StageContext): Word[] => extraWords(extraOf(context));

/** `extra:` held against a converter's own parser, and against what martlet gives it itself. */
export const checkExtra = (
  context: StageContext,
  program: string,
  ours: readonly Word[],
  flags: readonly Flag[],
): Diagnostic[] => {
  const given = new Set(ours.map(each => textOf(each).split('=')[0]));
  const optional = flags.map(flag => ({ ...flag, required: false }));
  return Object.entries(extraOf(context)).flatMap(([flag, value]): Diagnostic[] => {
    const path = `stages.${context.name}.extra.${flag}`;
    if (given.has(flag)) {
      const words = { what: `${flag} is not for extra:.`, why: 'martlet gives it itself.', hint: `remove ${flag}.` };
      return [{ code: 'MRT-E003', severity: 'error', ...words, path }];
    }
    return parseArguments(optional, extraWords({ [flag]: value }).map(textOf)).errors.map(message => ({
      code: 'MRT-E005',
      severity: 'error',
      what: `${program} would refuse this: ${message}.`,
      path,
    }));
  });
};
