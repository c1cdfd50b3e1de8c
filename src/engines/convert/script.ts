import type { Word } from '../../shell/word.ts';
import { blockText, lineText, lit, lits, quote } from '../../shell/word.ts';
import type { Program, StageContext } from '../engine.ts';

/** Everything is made here and moved to its place when it was looked at: what is in place is whole (G5). */
export const partOf = (context: StageContext): string => `${context.checkpoints}.part`;

/** The Hugging Face folder of a model whose vocabulary or experts were changed on its way in. */
export const changedFolder = (checkpoints: string): string => `${checkpoints}.hf`;

/** Programs of templates/engine to lie beside job.sh. */
export const helpers = (...names: readonly string[]): Program['templates'] =>
  Object.fromEntries(names.map(name => [name, [`engine/${name}`]]));

/** What looks at a folder before and after a conversion. */
export const CHECK_HELPERS: readonly string[] = ['hf_folder.py', 'st_files.py'];

/** One of our own programs of templates/engine, which lie beside job.sh. */
export const helper = (context: StageContext, name: string, ...words: readonly string[]): Word[] =>
  lits('python3', `${context.jobDir}/${name}`, ...words);

/** A command, a word a line where it is long. */
export const paragraph = (words: readonly Word[], behind = ''): string => {
  const line = lineText(words);
  return `${line.length > 100 ? blockText(words, '    ') : line}${behind}`;
};

/** `--name=value` words, in order; undefined is left out. */
export const options = (values: Readonly<Record<string, string | number | undefined>>): Word[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [lit(`${name}=${value}`)]));

/** The text of a conversion's script: `steps` are paragraphs of bash in their order. */
export const convertScript = (context: StageContext, title: string, steps: readonly string[]): string => {
  const [made, part] = [quote(context.checkpoints), quote(partOf(context))];
  return [
    '#!/bin/bash',
    `# ${title} It is made beside its place, looked at, and moved in; run again it begins anew.`,
    'set -eu -o pipefail',
    '',
    `rm -rf -- ${part}`,
    ...steps.flatMap(step => ['', step]),
    '',
    '# A folder that is there was left by a run that did not end here: mv would go into it.',
    `rm -rf -- ${made}`,
    `mv -T -- ${part} ${made}`,
    '',
  ].join('\n');
};
