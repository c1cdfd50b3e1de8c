import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PythonWith } from '../../helpers/python.ts';
import { type Ended, ROOT, waitFor } from '../../helpers/sandbox.ts';

export const REWARD = join(ROOT, 'templates/verl/math_reward.py');

export interface Row {
  readonly right: boolean;
  readonly kind: string;
  readonly truth: string;
  readonly solution: string;
}

/** answers.tsv: an answer is put in a box, unless '@' says that it is the whole solution, with ⏎ for a new line. */
export const readAnswers = (): Row[] =>
  readFileSync(join(import.meta.dirname, 'answers.tsv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map(line => {
      const [verdict = '', kind = '', truth = '', answer = ''] = line.split('\t');
      const solution = answer.startsWith('@') ? answer.slice(1).replaceAll('⏎', '\n') : `So $\\boxed{${answer}}$.`;
      return { right: verdict === 'right', kind, truth, solution };
    });

/** What compute_score returns; every key is always there. */
export interface Result {
  readonly score: number;
  readonly acc: number;
  readonly format: string;
  readonly pred: string;
  readonly timeout: number;
  readonly error: number;
}

export const pythonEnv = ({ home }: PythonWith): NodeJS.ProcessEnv => ({
  ...process.env,
  PYTHONPATH: home,
  PYTHONIOENCODING: 'utf-8',
});

/** `math_reward.py --try` of a file of these lines. */
export const tryLines = async (
  found: PythonWith,
  lines: readonly string[],
  ...args: readonly string[]
): Promise<Ended & { readonly results: readonly Result[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'martlet-reward-'));
  const file = join(folder, 'answers.jsonl');
  try {
    writeFileSync(file, lines.map(each => `${each}\n`).join(''));
    const ended = await waitFor([found.python, REWARD, '--try', file, ...args], pythonEnv(found));
    const results = ended.stdout
      .split('\n')
      .filter(Boolean)
      .map(each => JSON.parse(each) as Result);
    return { ...ended, stderr: ended.stderr.replaceAll(folder, ''), results };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export const tryRows = (found: PythonWith, rows: readonly { solution: string; truth: string }[], ...args: string[]) =>
  tryLines(
    found,
    rows.map(({ solution, truth }) => JSON.stringify({ solution, truth })),
    ...args,
  );
