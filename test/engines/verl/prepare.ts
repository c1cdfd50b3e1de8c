import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PythonWith } from '../../helpers/python.ts';
import { type Ended, ROOT, waitFor } from '../../helpers/sandbox.ts';
import { pythonEnv } from './answers.ts';

export const PREPARE = join(ROOT, 'templates/verl/prepare_rl_data.py');

export interface RlRow {
  readonly data_source: string;
  readonly prompt: readonly { readonly role: string; readonly content: string }[];
  readonly ability: string;
  readonly reward_model: { readonly style: string; readonly ground_truth: string };
  readonly extra_info: { readonly index: number; readonly split: string; readonly id: string };
}

export interface Prepared extends Ended {
  /** Names of the files that were made. */
  readonly made: readonly string[];
  /** The objects of a JSONL file that was made. */
  lines<T>(name: string): T[];
}

/** prepare_rl_data.py on files of these names and texts, in a folder of its own; whatever it makes is in memory afterwards. */
export const prepare = async (
  found: PythonWith,
  files: Readonly<Record<string, string | Buffer>>,
  ...args: readonly string[]
): Promise<Prepared> => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-rl-data-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const argv = [found.python, PREPARE, ...args, '--output', join(folder, 'out')];
    const ended = await waitFor(argv, pythonEnv(found), folder);
    const made = ended.code === 0 ? readdirSync(join(folder, 'out')).sort() : [];
    const texts = new Map(made.map(name => [name, readFileSync(join(folder, 'out', name), 'utf8')]));
    const lines = <T>(name: string): T[] =>
      (texts.get(name) ?? '')
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as T);
    return { ...ended, made, lines };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const jsonl = (...records: readonly unknown[]): string =>
  records.map(each => `${JSON.stringify(each)}\n`).join('');
