import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { curve, pretrain, remove, tracker, trainer, workplace } from './trainer.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir = '';
let data: readonly string[] = [];
let base = '';

beforeAll(async () => {
  ({ dir, data } = await workplace());
  base = join(dir, 'base');
  expect((await trainer(pretrain(data, base))).code).toBe(0);
});
afterAll(() => remove(dir));

test('a checkpoint has the layout of torch_dist, and says in itself what it is', () => {
  expect(readdirSync(join(base, 'iter_0000024')).sort()).toEqual(['.metadata', '__0_0.distcp', 'metadata.json']);
  const marker = readFileSync(join(base, 'iter_0000024/metadata.json'), 'utf8');
  expect(JSON.parse(marker)).toEqual({ sharded_backend: 'torch_dist', sharded_backend_version: 1 });
  expect(readFileSync(join(base, 'iter_0000024/.metadata'), 'utf8')).toContain('martlet rehearsal');
  expect(tracker(base)).toBe('24');
});

test('it is saved every so many steps, and at the end where that is none of them', async () => {
  const save = join(dir, 'end');
  const { stdout } = await trainer(pretrain(data, save, '--save-interval=10'));
  expect(
    readdirSync(save)
      .filter(name => name.startsWith('iter_'))
      .sort(),
  ).toEqual(['iter_0000010', 'iter_0000020', 'iter_0000024']);
  expect(stdout).toMatch(
    new RegExp(`\\n\\[.{26}\\] saving checkpoint at iteration {6}10 to ${save} in torch_dist format\\n`),
  );
  expect(stdout).toMatch(
    new RegExp(`\\n {2}\\[.{26}\\] scheduled an async checkpoint save at iteration {6}10 to ${save}\\n`),
  );
  expect(stdout).toMatch(
    new RegExp(
      `\\n {2}\\[.{26}\\] successfully saved checkpoint from iteration {6}10 to ${save} \\[ t 1/1, gtp_remat 1/1, p 1/1 \\]\\n`,
    ),
  );
  expect(stdout).toContain('Unfinalized async checkpoint saves. Finalizing them synchronously now.');
});

test('an asynchronous save is announced as done only after the next step has begun', async () => {
  const { stdout } = await trainer(pretrain(data, join(dir, 'async'), '--exit-interval=5'));
  const lines = stdout.split('\n');
  const at = (text: string): number => lines.findIndex(line => line.includes(text));
  expect(at('scheduled an async checkpoint save at iteration       4')).toBeLessThan(at('from iteration       4'));
  expect(at('from iteration       4')).toBeLessThan(at('iteration        5/'));
});

test('--save-retain-interval removes the checkpoint before, unless its step is a multiple', async () => {
  const save = join(dir, 'retain');
  const { stdout } = await trainer(pretrain(data, save, '--save-retain-interval=12'));
  expect(
    readdirSync(save)
      .filter(name => name.startsWith('iter_'))
      .sort(),
  ).toEqual(['iter_0000012', 'iter_0000024']);
  expect(stdout).toContain(`  successfully deleted checkpoint from iteration       4 at ${save}\n`);
});

test('a base is taken where there is no checkpoint yet: its weights, from iteration 0', async () => {
  const save = join(dir, 'tuned');
  const line = pretrain(data, save, `--pretrained-checkpoint=${base}`);
  const first = await trainer(line);
  expect(first.stdout).toContain(
    `Checkpoint file not found in load directory ${save} attempting to finetune with checkpoint in ${base}\n`,
  );
  expect(first.stdout).toContain(
    `successfully loaded checkpoint from ${base} [ t 1/1, gtp_remat 1/1, p 1/1 ] at iteration 0`,
  );
  expect(curve(save)).toHaveLength(24);
  expect(curve(save)[0]).toBeLessThan(Math.log(257) - 0.2);
  const again = await trainer(line);
  expect(again.stdout).toContain(
    `successfully loaded checkpoint from ${save} [ t 1/1, gtp_remat 1/1, p 1/1 ] at iteration 24`,
  );
});

test('--finetune left on begins at 0 again, whatever was trained', async () => {
  const { stdout } = await trainer(
    pretrain(data, join(dir, 'finetune'), `--load=${base}`, '--finetune', '--exit-interval=1'),
  );
  expect(stdout).toMatch(/iteration {8}1\/ {6}24 \|/);
});

test('a base that is not there is an error, with code 1', async () => {
  const ended = await trainer(pretrain(data, join(dir, 'none'), `--pretrained-checkpoint=${dir}/nowhere`));
  expect([ended.code, ended.stderr]).toEqual([
    1,
    'FileNotFoundError: No checkpoint found in load directory or pretrained directory\n',
  ]);
});

test('--exit-on-missing-checkpoint leaves with code 0 and trains nothing, as Megatron does', async () => {
  const save = join(dir, 'missing');
  const ended = await trainer(pretrain(data, save, '--exit-on-missing-checkpoint'));
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain(">> '--exit-on-missing-checkpoint' set ... exiting. <<");
  expect(existsSync(join(save, 'losses.tsv'))).toBe(false);
});

test('another schedule than the checkpoint’s is refused with both values, unless a flag says whose wins', async () => {
  const save = join(dir, 'schedule');
  await trainer(pretrain(data, save, '--exit-interval=12'));
  const refused = await trainer(pretrain(data, save, '--lr=2e-5'));
  expect([refused.code, refused.stderr]).toEqual([
    1,
    'AssertionError: OptimizerParamScheduler: class input value 2e-05 and checkpointvalue 2.5e-05 for learning rate do not match\n',
  ]);
  const rate = (stdout: string): string => /learning rate: (\S+)/.exec(stdout)?.[1] ?? '';
  const [own, saved] = await Promise.all(
    ['--override-opt_param-scheduler', '--use-checkpoint-opt_param-scheduler'].map(flag =>
      trainer(pretrain(data, save, '--lr=2e-5', flag, `--save=${save}${flag}`, '--exit-interval=13')),
    ),
  );
  expect(Number(rate(own?.stdout ?? '')) / Number(rate(saved?.stdout ?? ''))).toBeCloseTo(0.8, 5);
});

const copyOf = async (name: string): Promise<string> => {
  const save = join(dir, name);
  await trainer(pretrain(data, save, '--exit-interval=4'));
  return save;
};

test('a checkpoint without its marker is no checkpoint', async () => {
  const save = await copyOf('unmarked');
  rmSync(join(save, 'iter_0000004/metadata.json'));
  const ended = await trainer(pretrain(data, save));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toBe(`NotImplementedError: unknown checkpoint format in ${save}/iter_0000004\n`);
});

test('a shard that is short, or another program’s, is refused with a sentence', async () => {
  const save = await copyOf('short');
  const path = join(save, 'iter_0000004/__0_0.distcp');
  truncateSync(path, 1000);
  const short = await trainer(pretrain(data, save));
  writeFileSync(path, 'PK\u0003\u0004 a real one');
  const other = await trainer(pretrain(data, save));
  for (const ended of [short, other]) {
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('is not a whole checkpoint of this rehearsal trainer');
  }
});

test('a folder that cannot be made is told with the system’s own words', async () => {
  const blocked = join(dir, 'blocked');
  writeFileSync(blocked, '');
  const ended = await trainer(pretrain(data, join(blocked, 'save')));
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^(ENOTDIR|EEXIST): .*blocked/);
});
