import { readFileSync, statSync } from 'node:fs';
import { Refusal } from './refusal.ts';

export interface Script {
  readonly bytes: Uint8Array;
  /** The interpreter of its first line, and the one argument the kernel would give it. */
  readonly interpreter: readonly string[];
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
};

const bytesOf = (path: string): Uint8Array => {
  try {
    if (!statSync(path).isFile()) throw new Refusal(`the script ${path} cannot be submitted: it is no file`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refusal(`the script ${path} cannot be submitted: ${WHY[code ?? ''] ?? message}`);
  }
};

/** Reads a script as sbatch does: with a first line that names its interpreter, and without DOS line ends. */
export const readScript = (path: string): Script => {
  const bytes = bytesOf(path);
  const text = Buffer.from(bytes).toString('latin1');
  const no = (why: string): Refusal => new Refusal(`the script ${path} cannot be submitted: ${why}`);
  if (text === '') throw no('it is empty');
  if (text.includes('\r\n')) throw no('it has DOS line ends (CR LF); sed -i "s/\\r$//" takes them away');
  if (text.startsWith('\u00ef\u00bb\u00bf'))
    throw no('it begins with a byte order mark, so its first line names no interpreter');
  const [, program, argument] = /^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*?)[ \t]*(?:\n|$)/.exec(text) ?? [];
  if (program === undefined) throw no('its first line names no interpreter, like #!/bin/bash');
  const decode = (latin: string): string => Buffer.from(latin, 'latin1').toString('utf8');
  return { bytes, interpreter: [program, ...(argument ? [argument] : [])].map(decode) };
};
