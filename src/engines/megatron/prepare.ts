import { digest } from '../../model/canonical.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { PrepareStage } from '../../recipe/schema.ts';
import type { Word } from '../../shell/word.ts';
import { blockText, env, lineText, lit, lits, word, wordText } from '../../shell/word.ts';
import { architectureOf } from '../architectures/index.ts';
import type { BlendMember, Engine, Program, StageContext } from '../engine.ts';
import { type Flag, parseArguments } from './argparse.ts';
import { extraWords } from './command.ts';
import { tokenizerOf } from './flags-tokenizer.ts';
import { preprocessOptions } from './preprocess-options.ts';
import { optionsOf, RELEASES, releaseOf } from './releases/index.ts';
import type { Release } from './releases/release.ts';

const cpusOf = (stage: PrepareStage): number | undefined => stage.resources?.cpus;
const workersOf = (stage: PrepareStage): number => stage.workers ?? cpusOf(stage) ?? 8;

const releaseFor = (context: StageContext): Release => releaseOf(context.release) ?? (RELEASES[0] as Release);

const tokenizerWords = (context: StageContext): Word[] => {
  const family = architectureOf(context.model)?.tokenizerFamily;
  const { type, model } = tokenizerOf(releaseFor(context), family, context.tokenizer);
  return [word`--tokenizer-type=${type}`, word`--tokenizer-model=${model}`];
};

/**
 * INPUT and OUTPUT are variables of tokenise.sh: one text file, and a prefix to which preprocess_data.py appends the JSON key
 * and the level (`_text_document`).
 */
const own = (context: StageContext): Word[] => {
  const stage = context.stage as PrepareStage;
  return [
    ...lits('python', 'tools/preprocess_data.py'),
    word`--input=${env('INPUT')}`,
    word`--output-prefix=${env('OUTPUT')}`,
    word`--workers=${workersOf(stage)}`,
    ...(stage.append_eod ? lits('--append-eod') : []),
    ...tokenizerWords(context),
  ];
};

const command = (context: StageContext): Word[] => [
  ...own(context),
  ...extraWords(context.stage.kind === 'prepare' ? context.stage.extra : undefined),
];

const MERGE: readonly Word[] = [
  ...lits('python', 'tools/merge_datasets.py'),
  word`--input=${env('INPUT')}`,
  word`--output-prefix=${env('OUTPUT')}`,
];

const textOf = (value: Word): string => value.map(part => ('lit' in part ? part.lit : '')).join('');

/** `extra:` held against the program's own parser, and against what martlet gives itself. */
const checkExtra = (context: StageContext): Diagnostic[] => {
  const stage = context.stage as PrepareStage;
  const ours = [...own(context).map(each => textOf(each).split('=')[0]), '--append-eod'];
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

/** What `copies:` has is there; the rest is made. */
const missing = ({ blend }: StageContext): readonly BlendMember[] => blend.filter(each => !each.isCopy);

/** The text files of a dataset: the overlay's, else one file of its name, else all files of a folder of its name. */
const textsOf = ({ dataset }: BlendMember, { rawDir, texts }: StageContext): string[] => {
  const named = texts?.[dataset];
  return named === undefined ? [`${rawDir}/${dataset}.jsonl`, `${rawDir}/${dataset}`] : [named];
};

/** Shards are shared by runs only where they would be made alike. */
const keyOf = (context: StageContext): string => digest(blockText(command(context))).slice(0, 8);

/** Without a text a rehearsal makes two up, so that there is something to merge. */
const MADE_UP = 2;

const doneFile = ({ jobDir }: StageContext): string => `${jobDir}/tokenised`;

const valuesOf = (context: StageContext): Record<string, string | number> => {
  const stage = context.stage as PrepareStage;
  return {
    RUN: context.run.id,
    TASK: context.task?.number ?? 'merge',
    TASKS: context.task?.of ?? 1,
    AT_ONCE: Math.max(1, Math.floor((cpusOf(stage) ?? 0) / workersOf(stage))),
    KEY: keyOf(context),
    MADE_UP: context.rehearsal ? MADE_UP : 0,
    DONE: doneFile(context),
  };
};

const bashFunction = (name: string, lines: readonly string[]): string =>
  [`${name}() {`, ...(lines.length > 0 ? lines : [':']).map(line => `  ${line}`), '}'].join('\n');

/** Values, the program's words as functions, and tokenise.sh beside it, which does the rest. */
const scriptOf = (context: StageContext): string => {
  const datasets = missing(context).map(
    each => `"$1" ${lineText(lits(each.dataset, each.prefix, ...textsOf(each, context)))}`,
  );
  const part = context.task
    ? `task ${context.task.number} of ${context.task.of}`
    : 'whatever is missing, then the merge';
  return [
    '#!/bin/bash',
    `# Tokenises what copies: does not have: ${part}. Run again it goes on with what is not done.`,
    '# shellcheck disable=SC2034,SC2317',
    'set -eu',
    ...Object.entries(valuesOf(context)).map(([name, value]) => `${name}=${wordText(lit(String(value)))}`),
    '',
    bashFunction('tokenise', [blockText(command(context), '    ')]),
    '',
    bashFunction('merge', [blockText(MERGE, '    ')]),
    '',
    '# NAME PREFIX TEXTS...: the first of the texts that names a file counts.',
    bashFunction('datasets', datasets),
    '',
    '# shellcheck source=/dev/null',
    `. ${lineText(lits(`${context.jobDir}/${PROGRAM_FILE}`))}`,
    '',
  ].join('\n');
};

const PARTS = ['10-files', '20-shards', '30-merge', '90-main'].map(each => `prepare/${each}.sh`);
const PROGRAM_FILE = 'tokenise.sh';

const madeBy = (context: StageContext): readonly string[] =>
  context.task ? [doneFile(context)] : context.blend.flatMap(each => [`${each.prefix}.idx`, `${each.prefix}.bin`]);

/** The part of a path that is no pattern: the folder that files of `/data/ja/*.jsonl` lie in. */
const placeOf = (path: string): string => {
  const at = path.search(/[*?[]/);
  return at < 0 ? path : path.slice(0, Math.max(1, path.lastIndexOf('/', at)));
};

/** Texts that the overlay names have to be there; those of paths.datasets the program itself misses. */
const inputsOf = (context: StageContext): Program['inputs'] =>
  missing(context).flatMap(({ dataset }) => {
    const text = context.texts?.[dataset];
    return text === undefined ? [] : [{ kind: 'file' as const, path: placeOf(text) }];
  });

const programOf = (context: StageContext): Program => ({
  start: 'single',
  argv: [...lits('bash'), lit(`${context.jobDir}/prepare.sh`)],
  env: context.stage.env ?? {},
  files: { 'prepare.sh': scriptOf(context) },
  templates: { [PROGRAM_FILE]: PARTS },
  made: { kind: 'files', paths: madeBy(context) },
  inputs: inputsOf(context),
});

/** Tokenising with Megatron-LM's tools/preprocess_data.py: JSONL to .bin/.idx pairs, file by file, and tools/merge_datasets.py. */
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
