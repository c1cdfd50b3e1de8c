import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readLine } from '../../src/engines/megatron/log.ts';
import { filledOptions } from '../../src/engines/megatron/releases/index.ts';
import { layRehearsal, pretrain, remove, tracker, workplace } from './trainer.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir = '';
let data: readonly string[] = [];
beforeAll(async () => {
  ({ dir, data } = await workplace());
});
afterAll(() => remove(dir));

/** The trainer with the options of one release, as a rehearsal of that release is given it. */
const trainerOf = (release: string): string => {
  const folder = mkdtempSync(join(dir || tmpdir(), 'release-'));
  const trainer = layRehearsal(folder);
  writeFileSync(join(folder, 'flags.json'), JSON.stringify(filledOptions(release)));
  return trainer;
};

const run = (release: string, argv: readonly string[]) => {
  const said = spawnSync(process.execPath, [trainerOf(release), ...argv], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, WORLD_SIZE: '1' },
  });
  return { code: said.status, out: said.stdout, error: said.stderr };
};

const without = (words: readonly string[], ...gone: string[]): string[] => words.filter(each => !gone.includes(each));

test('a flag that a release lacks ends the rehearsal as it would end the program', () => {
  const argv = pretrain(data, join(dir, 'a'));
  expect(run('core_v0.9.0', argv)).toMatchObject({
    code: 2,
    error: expect.stringContaining('unrecognized arguments: --use-persistent-ckpt-worker'),
  });
  expect(run('core_v0.19.0', [...argv, '--use-z-loss'])).toMatchObject({ code: 2 });
});

test('a fork trains on its base without its optimizer, and goes on from its own folder after that', () => {
  const [base, save] = [join(dir, 'base'), join(dir, 'fork')];
  expect(run('core_v0.19.0', pretrain(data, base)).code).toBe(0);
  const words = without(pretrain(data, save, '--use-z-loss', '--use-mpi'), '--use-persistent-ckpt-worker');
  // The base has a step of its own, so it is made a released one.
  const release = join(base, 'release');
  execFileSync('mv', [join(base, 'iter_0000024'), release]);
  writeFileSync(join(base, 'latest_checkpointed_iteration.txt'), 'release');
  const first = run('v0.9.0-abci', [
    ...words,
    `--load=${base}`,
    '--no-load-rng',
    '--no-load-optim',
    '--train-iters=12',
  ]);
  expect([first.code, first.error]).toEqual([0, '']);
  const steps = (out: string) =>
    out.split('\n').flatMap(line => readLine(line).flatMap(each => (each.name === 'lm loss' ? [each.step] : [])));
  expect(steps(first.out)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(tracker(save)).toBe('12');
  const second = run('v0.9.0-abci', [...words, `--load=${save}`, '--train-iters=16', '--override-opt_param-scheduler']);
  expect([second.code, second.error]).toEqual([0, '']);
  expect(steps(second.out)).toEqual([13, 14, 15, 16]);
});

test('a release that writes the legacy format does so, without a marker, and reads it again', () => {
  const save = join(dir, 'legacy');
  const words = without(pretrain(data, save), '--use-persistent-ckpt-worker', '--async-save');
  expect(run('v0.6-tsubame', words).code).toBe(0);
  expect(readdirSync(join(save, 'iter_0000024'))).toContain('mp_rank_00');
  expect(existsSync(join(save, 'iter_0000024/metadata.json'))).toBe(false);
  expect(readFileSync(join(save, 'latest_checkpointed_iteration.txt'), 'utf8')).toBe('24');
  const again = run('v0.6-tsubame', words);
  expect(again.out).toContain('at iteration 24');
  expect(run('v0.6-tsubame', [...words, '--use-dist-ckpt', `--save=${save}2`, `--load=${save}2`]).code).toBe(0);
  expect(existsSync(join(`${save}2`, 'iter_0000024/metadata.json'))).toBe(true);
});
