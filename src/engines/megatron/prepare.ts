import type { PrepareStage } from '../../recipe/schema.ts';
import type { Word } from '../../shell/word.ts';
import { blockText, lit, lits, quote, word } from '../../shell/word.ts';
import type { Engine, Program, StageContext } from '../engine.ts';

/** preprocess_data.py appends `_text_document` (json key, then level) to its --output-prefix. */
const SUFFIX = '_text_document';

const command = (context: StageContext, prefix: string, dataset: string): Word[] => [
  ...lits('python', 'tools/preprocess_data.py'),
  word`--input=${context.rawDir}/${dataset}.jsonl`,
  word`--output-prefix=${prefix.slice(0, -SUFFIX.length)}`,
  word`--workers=${(context.stage as PrepareStage).resources?.cpus ?? 8}`,
  lit('--append-eod'),
  lit('--tokenizer-type=HuggingFaceTokenizer'),
  word`--tokenizer-model=${context.tokenizer}`,
];

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
  env: {},
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
  releases: ['core_v0.19.0'],
  stop: 'none',
  check: () => [],
  program: programOf,
  expects: () => [],
  pace: () => undefined,
  readLine: () => [],
  flagOf: () => undefined,
};
