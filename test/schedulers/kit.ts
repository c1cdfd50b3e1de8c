import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from '../../src/model/output.ts';

export const output = (stdout: string, more: Partial<Output> = {}): Output => ({
  code: 0,
  stdout,
  stderr: '',
  ...more,
});

/** The answer of a question of several programs, as sh prints it; each is its output, or its output and its exit code. */
export const inSections = (
  sections: Readonly<Record<string, string | readonly [text: string, code: number]>>,
): Output =>
  output(
    Object.entries(sections)
      .map(([name, said]) => {
        const [text, code] = typeof said === 'string' ? [said, 0] : said;
        return `@martlet-begin ${name}\n${text}\n@martlet-end ${code}\n`;
      })
      .concat('@martlet-done\n')
      .join(''),
  );

/** Grid Engine prints nothing of an empty queue; the jobs that are meant are said not to exist. */
export const EMPTY_QUEUE = { queue: '', absent: ['Following jobs do not exist: \n7\n', 1] } as const;

/** Maps as objects, so that a row can be written and a difference be read. */
export const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  if (value instanceof Set) return [...value];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

/** One command of a captured file. */
export interface Recorded extends Output {
  readonly command: string;
}

/** What a file without commands would give; no test passes with it. */
export const NOTHING: Recorded = { command: '', code: null, stdout: '', stderr: '' };

/** A captured file: a line on its origin, then `$ command`, `--- exit N`, `--- stdout`, `--- stderr`. */
export const recorded = (file: string): readonly Recorded[] =>
  readFileSync(join(import.meta.dirname, file), 'utf8')
    .split(/^\$ /m)
    .slice(1)
    .map(block => {
      const [head = '', stdout = '', stderr = ''] = block.split(/^--- (?:stdout|stderr)\n/m);
      const [command = '', exit = ''] = head.split('\n--- exit ');
      return { command, code: Number.parseInt(exit, 10), stdout, stderr: stderr.replace(/\n$/, '') };
    });

export const find = (file: string, command: string): Recorded => {
  const found = recorded(file).find(each => each.command === command);
  if (!found) throw new Error(`${file} has no command ${command}`);
  return found;
};
