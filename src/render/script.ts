import type { Word } from '../shell/word.ts';
import { exportText, lit, wordText } from '../shell/word.ts';

/** Every template by its path below templates/: `job/10-identity.sh`, `walk/submit.sh`. Read by flows/. */
export type Templates = Readonly<Record<string, string>>;

/** `export NAME=value` lines; strings and numbers are literals. */
export const exportsOf = (values: Readonly<Record<string, string | number | Word | undefined>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [exportText(name, Array.isArray(value) ? (value as Word) : lit(String(value)))];
  });

/** A bash function with these lines; an empty one says so. */
export const bashFunction = (name: string, lines: readonly string[]): string =>
  [`${name}() {`, ...(lines.length ? lines : [':']).map(line => `  ${line}`), '}'].join('\n');

/** One template as it is, under a line that says where it is kept. */
export const verbatim = (templates: Templates, path: string): string => {
  const text = templates[path];
  if (text === undefined) throw new Error(`the template ${path} was not read`);
  return `# ---- templates/${path}, as it is ----\n${text.trimEnd()}`;
};

/** The parts with an empty line between them. */
export const script = (parts: readonly string[]): string => `${parts.join('\n\n')}\n`;

const isBareFlag = (text: string): boolean => text.startsWith('-') && !text.includes('=');

/** A command with a flag a line: the value behind a bare flag stays on its line, so that a diff shows what changed. */
export const commandText = (words: readonly Word[], indent: string): string => {
  const lines: string[][] = [];
  for (const text of words.map(wordText)) {
    const last = lines.at(-1);
    if (last?.length === 1 && isBareFlag(last[0] ?? '') && !text.startsWith('-')) last.push(text);
    else lines.push([text]);
  }
  return lines.map(line => line.join(' ')).join(` \\\n${indent}`);
};

/** Functions called only by name, and names set in another part, are no findings. First line below the directives. */
export const LINT = '# shellcheck disable=SC2153,SC2317';
