import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { parseArguments } from '../../src/engines/megatron/argparse.ts';
import { badLine, Dice, goodLine, LIST, MUTATIONS, RANKS } from './lines.ts';
import { trainer } from './trainer.ts';

vi.setConfig({ testTimeout: 120_000 });

const KINDS = Object.keys(MUTATIONS);
const BAD = Array.from({ length: 50 }, (_, i) => badLine(KINDS[i % KINDS.length] ?? '', new Dice(1000 + i)));
const GOOD = Array.from({ length: 50 }, (_, i) => goodLine(new Dice(2000 + i)));

/** Four processes at a time. */
async function codes(lines: readonly (readonly string[])[]): Promise<{ code: number | null; stderr: string }[]> {
  const ended: { code: number | null; stderr: string }[] = [];
  const work = async (from: number): Promise<void> => {
    for (let i = from; i < lines.length; i += 4) {
      ended[i] = await trainer(['pretrain_gpt.py', ...(lines[i] ?? [])], {
        ...RANKS,
        MARTLET_REHEARSAL_PARSE_ONLY: '1',
      });
    }
  };
  await Promise.all([0, 1, 2, 3].map(work));
  return ended;
}

test('50 of 50 command lines with one thing wrong are refused with code 2, in the form of argparse', async () => {
  const ended = await codes(BAD);
  for (const [i, { code, stderr }] of ended.entries()) {
    expect(code, `${KINDS[i % KINDS.length]}: ${BAD[i]?.slice(-4).join(' ')}`).toBe(2);
    expect(stderr).toMatch(
      /^usage: pretrain_gpt\.py \[-h\] .*\npretrain_gpt\.py: error: (argument -|unrecognized arguments: ).*\n$/,
    );
  }
  expect(new Set(BAD.map(line => line.join('\0'))).size).toBe(50);
});

test('50 of 50 good command lines are taken', async () => {
  const ended = await codes(GOOD);
  for (const [i, { code, stderr }] of ended.entries()) expect([code, stderr], GOOD[i]?.join(' ')).toEqual([0, '']);
  expect(new Set(GOOD.map(line => line.join('\0'))).size).toBe(50);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

/** What the real argparse says to each line: its complaint, or '' where it takes the line. */
function askPython(lines: readonly (readonly string[])[]): string[] {
  const script = join(import.meta.dirname, 'real-argparse.py');
  const ended = spawnSync('python3', [script], {
    input: JSON.stringify({ list: LIST, lines }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(ended.stderr).toBe('');
  return JSON.parse(ended.stdout) as string[];
}

test.skipIf(!hasPython)(
  'Python’s own argparse refuses and takes the same 400 lines, with the same words (skipped without python3)',
  () => {
    const more = Array.from({ length: 300 }, (_, i) =>
      i % 3 === 0 ? goodLine(new Dice(5000 + i)) : badLine(KINDS[i % KINDS.length] ?? '', new Dice(7000 + i)),
    );
    const lines = [...BAD, ...GOOD, ...more];
    const real = askPython(lines);
    const ours = lines.map(line => parseArguments(LIST, line).errors[0] ?? '');
    expect(ours).toEqual(real);
    expect(real.slice(0, 50).every(Boolean)).toBe(true);
    expect(real.slice(50, 100)).toEqual(GOOD.map(() => ''));
  },
);

test.each([
  ['train.py', 'train.py is none of pretrain_gpt.py, preprocess_data.py, merge_datasets.py, run_conversion.py'],
  ['', 'nothing is none of'],
  ['-c', '-c is none of'],
])('%s is no script it knows: code 2 and a sentence', async (script, sentence) => {
  const ended = await trainer([script]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(sentence);
});

test('help is given with code 0', async () => {
  const ended = await trainer(['pretrain_gpt.py', '--help']);
  expect([ended.code, ended.stdout.split('\n')[0]]).toEqual([
    0,
    'usage: pretrain_gpt.py [-h] [--OPTION [VALUE ...]] ...',
  ]);
});

test('what Megatron’s own validation refuses ends with code 1 and its words, before anything is written', async () => {
  const line = [...goodLine(new Dice(1)), '--global-batch-size=1000'];
  const ended = await trainer(['pretrain_gpt.py', ...line], RANKS);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('eval_global_batch_size (1000) must be divisible by eval_micro_batch_size (2)');
  expect(ended.stdout).toBe('');
});

test.each(['--sft', '--optimizer=muon', '--ckpt-format=fsdp_dtensor', '--train-data-path=x', '--mock-data'])(
  '%s is refused by name, not left out in silence',
  async option => {
    const ended = await trainer(['pretrain_gpt.py', ...goodLine(new Dice(1)), option], RANKS);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`martlet rehearsal: cannot be rehearsed in this version: ${option.split('=')[0]} (`);
  },
);
