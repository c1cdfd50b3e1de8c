import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { has, run } from '../helpers/bash.ts';
import { layRehearsal, pretrain, remove, start, tracker, trainer, workplace } from './trainer.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const BIN = join(import.meta.dirname, '../../templates/rehearsal/bin');
let dir = '';
let data: readonly string[] = [];

beforeAll(async () => {
  ({ dir, data } = await workplace());
});
afterAll(() => remove(dir));

const ranks = (name: string, processes = 2) => {
  const common = {
    WORLD_SIZE: '8',
    MARTLET_BARRIER_DIR: join(dir, name, 'barrier'),
    MARTLET_PROCESSES: String(processes),
  };
  return { save: join(dir, name, 'save'), env: (rank: number) => ({ ...common, RANK: String(rank), LOCAL_RANK: '0' }) };
};

test('of several processes only rank 0 trains; the others wait and leave with its code', async () => {
  const { save, env } = ranks('two');
  const [second, first] = await Promise.all([4, 0].map(rank => trainer(pretrain(data, save), env(rank))));
  expect([first?.code, second?.code]).toEqual([0, 0]);
  expect(first?.stdout).toContain('using world size: 8, data-parallel size: 8');
  expect(first?.stdout).toContain('[after training is done]');
  expect(second?.stdout).toBe('');
});

test('a failure of rank 0 is the failure of all', async () => {
  const { save, env } = ranks('failing');
  const line = pretrain([join(dir, 'nowhere'), join(dir, 'nowhere')], save);
  const ended = await Promise.all([0, 4].map(rank => trainer(line, env(rank))));
  expect(ended.map(each => each.code)).toEqual([1, 1]);
});

test('a process that never comes is told after the deadline', async () => {
  const { save, env } = ranks('lonely', 3);
  const ended = await trainer(pretrain(data, save), { ...env(0), MARTLET_BARRIER_SECONDS: '0.5' });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('DistStoreError: 1 of 3 processes came to ');
});

test('the others do not wait for ever for a rank 0 that was killed', async () => {
  const { save, env } = ranks('killed');
  const [first, second] = await Promise.all([
    trainer(pretrain(data, save), { ...env(0), MARTLET_REHEARSAL_DIE: 'step:3' }),
    trainer(pretrain(data, save), env(4)),
  ]);
  expect(first.signal).toBe('SIGKILL');
  expect([second.code, second.stderr]).toEqual([1, 'ncclRemoteError: rank 0 is gone.\n']);
});

test('a signal at any rank ends the step, saves, and lets all leave with code 0', async () => {
  const { save, env } = ranks('signalled');
  const line = pretrain(data, save, '--eval-iters=200', '--eval-interval=1');
  const second = start(line, env(4));
  const first = start(line, env(0));
  first.child.stdout?.on('data', chunk => {
    if (String(chunk).includes('iteration        3/')) second.child.kill('SIGTERM');
  });
  const ended = await Promise.all([first.ended, second.ended]);
  expect(ended.map(each => each.code)).toEqual([0, 0]);
  expect(ended[0].stdout).toContain('[exiting program after receiving SIGTERM.]');
  expect(Number(tracker(save))).toBeLessThan(24);
});

test('a rank that has nowhere to meet the others does not train beside them', async () => {
  const ended = await trainer(pretrain(data, join(dir, 'nowhere')), { WORLD_SIZE: '8', RANK: '4' });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('rank 4 has no MARTLET_BARRIER_DIR');
});

/** The stand-ins in their place, with a node that only says what it was given. */
const stand = (): { bin: string; node: string } => {
  const folder = join(dir, 'run with blanks/rehearsal');
  mkdirSync(folder, { recursive: true });
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  const node = join(dir, 'echo-node');
  writeFileSync(
    node,
    '#!/bin/bash\nprintf "%s\\n" "$RANK $LOCAL_RANK $WORLD_SIZE $LOCAL_WORLD_SIZE $MASTER_ADDR $MASTER_PORT" "$@"\n',
  );
  chmodSync(node, 0o755);
  return { bin: join(folder, 'bin'), node };
};

test.each([
  ['--nnodes=4 --nproc-per-node=8 --node-rank=2 --master-addr=n0 --master-port=29501', '16 0 32 8 n0 29501'],
  ['--nnodes 4 --nproc_per_node 8 --node_rank 2 --master_addr n0 --master_port 29501', '16 0 32 8 n0 29501'],
  [
    '--nnodes=2:4 --nproc-per-node=4 --node-rank=3 --rdzv-id 7 --rdzv-backend=c10d --max-restarts 0',
    '12 0 16 4 127.0.0.1 29500',
  ],
  ['--tee 3 --redirects=3 --log-dir /tmp/x --standalone', '0 0 1 1 127.0.0.1 29500'],
])('torchrun %s gives the ranks it would give, and every word behind the script as it is', (options, expected) => {
  const { bin, node } = stand();
  const words = ['pretrain_gpt.py', '--a b', "it's", '$(x)', '', '--node-rank=9', '日本'];
  const ended = run([join(bin, 'torchrun'), ...options.split(' '), ...words], {
    env: { PATH: process.env.PATH, MARTLET_NODE: node },
  });
  expect(ended.stderr).toBe('');
  expect(ended.stdout.split('\n')).toEqual([expected, `${bin}/../trainer.mjs`, ...words, '']);
});

test.each([
  ['--nnodes=2 --what=1 x.py', 'unrecognized arguments: --what'],
  ['--nproc-per-node=gpu x.py', 'a rehearsal needs plain numbers'],
  ['--nnodes', 'argument --nnodes: expected one argument'],
  ['--nnodes=2', 'the following arguments are required: training_script'],
])('torchrun %s is refused with code 2', (options, sentence) => {
  const { bin, node } = stand();
  const ended = run([join(bin, 'torchrun'), ...options.split(' ')], {
    env: { PATH: process.env.PATH, MARTLET_NODE: node },
  });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(`torchrun: error: ${sentence}`);
});

test('python and python3 become the trainer, with the ranks of the environment', () => {
  const { bin, node } = stand();
  for (const name of ['python', 'python3']) {
    const env = {
      PATH: process.env.PATH,
      MARTLET_NODE: node,
      RANK: '3',
      LOCAL_RANK: '3',
      WORLD_SIZE: '8',
      LOCAL_WORLD_SIZE: '8',
    };
    const ended = run([join(bin, name), 'tools/preprocess_data.py', '--input=a b'], { env });
    expect(ended.stdout.split('\n').slice(1)).toEqual([
      `${bin}/../trainer.mjs`,
      'tools/preprocess_data.py',
      '--input=a b',
      '',
    ]);
    expect(ended.stdout).toContain('3 3 8 8');
  }
});

test('the whole of it: torchrun starts the built trainer with the option list beside it', () => {
  const { bin } = stand();
  layRehearsal(join(bin, '..'));
  const line = pretrain(data, join(dir, 'whole')).slice(1);
  const options = ['--nnodes=1', '--nproc-per-node=8', '--node-rank=0'];
  const ended = run([join(bin, 'torchrun'), ...options, 'Megatron-LM/pretrain_gpt.py', ...line], {
    env: { PATH: process.env.PATH, MARTLET_NODE: process.execPath },
  });
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(ended.stdout).toContain('using world size: 8, data-parallel size: 8');
});

test.skipIf(!has('shellcheck'))('the stand-ins pass shellcheck (skipped without it)', () => {
  const scripts = ['torchrun', 'python', 'python3'].map(name => join(BIN, name));
  expect(run(['shellcheck', ...scripts]).stdout).toBe('');
});
