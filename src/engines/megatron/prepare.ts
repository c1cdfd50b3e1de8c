import type { Diagnostic } from '../../model/diagnostic.ts';
import type { PrepareStage } from '../../recipe/schema.ts';
import type { Word } from '../../shell/word.ts';
import { blockText, lit, lits, quote, word } from '../../shell/word.ts';
import { architectureOf } from '../architectures/index.ts';
import type { Engine, Program, StageContext } from '../engine.ts';
import { type Flag, parseArguments } from './argparse.ts';
import { extraWords } from './command.ts';
import { tokenizerOf } from './flags-tokenizer.ts';
import { preprocessOptions } from './preprocess-options.ts';
import { optionsOf, RELEASES, releaseOf } from './releases/index.ts';
import type { Release } from './releases/release.ts';

/** preprocess_data.py appends `_text_document` (json key, then level) to its --output-prefix. */
const SUFFIX = '_text_document';

const releaseFor = (context: StageContext): Release => releaseOf(context.release) ?? (RELEASES[0] as Release);

const tokenizerWords = (context: StageContext): Word[] => {
  const family = architectureOf(context.model)?.tokenizerFamily;
  const { type, model } = tokenizerOf(releaseFor(context), family, context.tokenizer);
  return [word`--tokenizer-type=${type}`, word`--tokenizer-model=${model}`];
};

const own = (context: StageContext, prefix: string, dataset: string): Word[] => [
  ...lits('python', 'tools/preprocess_data.py'),
  word`--input=${context.rawDir}/${dataset}.jsonl`,
  word`--output-prefix=${prefix.slice(0, -SUFFIX.length)}`,
  word`--workers=${(context.stage as PrepareStage).resources?.cpus ?? 8}`,
  lit('--append-eod'),
  ...tokenizerWords(context),
];

const command = (context: StageContext, prefix: string, dataset: string): Word[] => [
  ...own(context, prefix, dataset),
  ...extraWords(context.stage.kind === 'prepare' ? context.stage.extra : undefined),
];

const textOf = (value: Word): string => value.map(part => ('lit' in part ? part.lit : '')).join('');

/** `extra:` held against the program's own parser, and against what martlet gives itself. */
const checkExtra = (context: StageContext): Diagnostic[] => {
  const stage = context.stage as PrepareStage;
  const ours = own(context, '', '').map(each => textOf(each).split('=')[0]);
  const path = (flag: string): string => `stages.${context.name}.extra.${flag}`;
  return Object.entries(stage.extra ?? {}).flatMap(([flag, value]): Diagnostic[] => {
    if (ours.includes(flag))
      return [
        {
          code: 'MRT-E003',
          severity: 'error',
          what: `${flag} is not for extra:.`,
          why: 'martlet gives it itself.',
          hint: `remove ${flag}.`,
          path: path(flag),
        },
      ];
    const words = extraWords({ [flag]: value }).map(textOf);
    return parseArguments(optional(releaseFor(context)), words).errors.map(message => ({
      code: 'MRT-E005',
      severity: 'error',
      what: `preprocess_data.py would refuse this: ${message}.`,
      why: `its own options of core_v0.19.0 and the tokenizer's of ${releaseFor(context).id} were recorded.`,
      path: path(flag),
    }));
  });
};

/** Its options as if none were required: `extra:` is looked at alone. */
const optional = (release: Release): readonly Flag[] =>
  preprocessOptions(optionsOf(release)).map(flag => ({ ...flag, required: false }));

/** One dataset a paragraph. The .idx is written last, so its presence says that the pair is whole. */
const scriptOf = (context: StageContext): string =>
  [
    '#!/bin/bash',
    '# Tokenises what is not there yet, one dataset after the other; run again it goes on with the first one missing.',
    'set -eu',
    ...context.blend.map(({ prefix, dataset }) =>
      [
        '',
        `if [ ! -s ${quote(`${prefix}.idx`)} ]; then`,
        `  mkdir -p ${quote(parent(prefix))}`,
        `  ${blockText(command(context, prefix, dataset), '    ')}`,
        'fi',
      ].join('\n'),
    ),
    '',
  ].join('\n');

const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

const programOf = (context: StageContext): Program => ({
  start: 'single',
  argv: [...lits('bash'), lit(`${context.jobDir}/prepare.sh`)],
  env: context.stage.env ?? {},
  files: { 'prepare.sh': scriptOf(context) },
  made: { kind: 'files', paths: context.blend.flatMap(each => [`${each.prefix}.idx`, `${each.prefix}.bin`]) },
  inputs: [],
});

/** Tokenising with Megatron-LM's tools/preprocess_data.py: JSONL to .bin/.idx pairs. */
export const megatronPrepare: Engine = {
  id: 'megatron-lm',
  title: 'Megatron-LM tools/preprocess_data.py',
  manual: 'https://github.com/NVIDIA/Megatron-LM/tree/core_v0.19.0/tools',
  kinds: ['prepare'],
  releases: RELEASES.map(each => each.id),
  stop: 'none',
  check: checkExtra,
  program: programOf,
  expects: () => [],
  pace: () => undefined,
  readLine: () => [],
  flagOf: () => undefined,
};
