import type { Output } from '../model/output.ts';
import { quote } from '../shell/word.ts';

const BEGIN = '@martlet-begin';
const END = '@martlet-end';
const DONE = '@martlet-done';

/** One program of a question: a name, its command as sh text, and whether it is run only if the one before went well, or badly. */
export interface Section {
  readonly name: string;
  readonly command: string;
  readonly after?: 'good' | 'bad' | undefined;
}

export const commandText = (words: readonly string[]): string => words.map(quote).join(' ');

const text = (name: string, command: string): string =>
  `echo "${BEGIN} ${name}"\n{ ${command}\n} 2>&1\ncode=$?\nprintf '\\n${END} %s\\n' "$code"`;

const sectionText = ({ name, command, after }: Section): string => {
  if (after === undefined) return text(name, command);
  return `if [ "$code" ${after === 'good' ? '=' : '!='} 0 ]; then\n${text(name, command)}\nfi`;
};

/**
 * Several programs as one sh program: each one's output and exit code between two marks; everything else is a login's noise.
 * `each` is run once for every further argument of sh, as `$each`, which is its name too: ids and tokens have no blanks.
 */
export const programText = (sections: readonly Section[], each?: string): string =>
  [
    ...sections.map(sectionText),
    ...(each === undefined ? [] : [`for each in "$@"; do\n${text('$each', each)}\ndone`]),
    `echo '${DONE}'`,
  ].join('\n');

interface Reading {
  readonly done: Map<string, Output>;
  open?: { name: string; lines: string[] } | undefined;
  isDone: boolean;
}

const readLine = (reading: Reading, line: string): void => {
  const [mark, word = ''] = line.split(' ');
  if (mark === DONE) reading.isDone = true;
  else if (mark === BEGIN) reading.open = { name: word, lines: [] };
  else if (mark === END && reading.open) {
    // Before the mark stands a line end of ours, for programs whose last line has none: joining leaves it out.
    reading.done.set(reading.open.name, { code: Number(word), stdout: reading.open.lines.join('\n'), stderr: '' });
    reading.open = undefined;
  } else reading.open?.lines.push(line);
};

/**
 * The answers by name, both outputs of a program in `stdout`. Undefined when the answer was cut off, between two programs
 * too. A name that comes twice keeps its last answer.
 */
export const readSections = (out: Output): ReadonlyMap<string, Output> | undefined => {
  const reading: Reading = { done: new Map(), isDone: false };
  for (const line of out.stdout.split(/\r?\n/)) readLine(reading, line);
  return out.code === 0 && reading.isDone ? reading.done : undefined;
};
