import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

/** RUN/rehearsal as a job finds it: the trainer in one file, the option list beside it. */
export function layRehearsal(folder: string): string {
  const trainer = join(folder, 'trainer.mjs');
  mkdirSync(folder, { recursive: true });
  buildSync({
    entryPoints: [join(ROOT, 'src/rehearsal/main.ts')],
    outfile: trainer,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
  });
  copyFileSync(join(ROOT, 'src/engines/megatron/flags/core_v0.19.0.json'), join(folder, 'flags.json'));
  return trainer;
}

const HERE = mkdtempSync(join(tmpdir(), 'martlet-trainer-'));
process.on('exit', () => rmSync(HERE, { recursive: true, force: true }));
const TRAINER = layRehearsal(HERE);

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the trainer as a process of its own, with nothing of this one's ranks or faults in its environment. */
export function start(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [TRAINER, ...argv], {
    env: { PATH: process.env.PATH, WORLD_SIZE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs it to its end. */
export const trainer = (argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> => start(argv, env).ended;

export const prepare = (prefix: string, ...more: string[]): Promise<Ended> =>
  trainer([
    'tools/preprocess_data.py',
    '--input=nowhere.jsonl',
    `--output-prefix=${prefix}`,
    '--workers=2',
    '--append-eod',
    ...more,
  ]);

/** A folder for one file of tests, with two small datasets in it. */
export async function workplace(): Promise<{ dir: string; data: readonly string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'martlet-rehearsal-'));
  const prefixes = ['ja-wikipedia', 'swallow-code'].map(name => join(dir, 'data', name));
  for (const prefix of prefixes) {
    const made = await prepare(prefix);
    if (made.code !== 0) throw new Error(made.stderr);
  }
  return { dir, data: prefixes.map(prefix => `${prefix}_text_document`) };
}

export const remove = (dir: string): void => rmSync(dir, { recursive: true, force: true, maxRetries: 10 });

/** A whole command line of a small training; options given last win. 24 steps of 8 sequences of 64 tokens. */
export const pretrain = (data: readonly string[], save: string, ...more: string[]): string[] => [
  'pretrain_gpt.py',
  ...'--num-layers=2 --hidden-size=64 --num-attention-heads=4 --seq-length=64 --max-position-embeddings=64'.split(' '),
  ...'--micro-batch-size=1 --global-batch-size=8 --train-iters=24 --lr=2.5e-5 --lr-decay-style=cosine'.split(' '),
  ...'--lr-warmup-iters=2 --weight-decay=0.1 --clip-grad=1.0 --eval-interval=8 --eval-iters=2 --log-interval=1'.split(
    ' ',
  ),
  ...'--save-interval=4 --split=90,10,0 --seed=7 --exit-signal-handler --async-save --use-persistent-ckpt-worker'.split(
    ' ',
  ),
  `--save=${save}`,
  `--load=${save}`,
  '--data-path',
  ...['0.7', data[0] ?? '', '0.3', data[1] ?? ''],
  ...more,
];

/** What losses.tsv says of each step: the exact bits, once for every time it was trained. */
export function losses(save: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of readFileSync(join(save, 'losses.tsv'), 'utf8').trim().split('\n')) {
    const [iteration, bits] = line.split('\t');
    const step = Number(iteration);
    found.set(step, [...(found.get(step) ?? []), bits ?? '']);
  }
  return found;
}

export const doubleOf = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE();

/** Each step's loss as a number, in order. */
export const curve = (save: string): number[] =>
  [...losses(save)].sort(([x], [y]) => x - y).map(([, bits]) => doubleOf(bits[0] ?? ''));

/** Weights and moments of a checkpoint, as they lie on the disk. */
export const shard = (save: string, iteration: number): Buffer =>
  readFileSync(join(save, `iter_${String(iteration).padStart(7, '0')}`, '__0_0.distcp'));

export const tracker = (save: string): string => readFileSync(join(save, 'latest_checkpointed_iteration.txt'), 'utf8');

/** Points the tracker to the newest whole checkpoint, as a job does before it starts the program again. */
export function mend(save: string): number {
  const whole = readdirSync(save).filter(name => existsSync(join(save, name, 'metadata.json')));
  const newest = Math.max(...whole.map(name => Number(name.slice(5))));
  writeFileSync(join(save, 'latest_checkpointed_iteration.txt'), String(newest));
  return newest;
}
