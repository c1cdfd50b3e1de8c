import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readLine } from '../../src/engines/megatron/log.ts';
import { curve, losses, mend, pretrain, remove, shard, start, tracker, trainer, workplace } from './trainer.ts';

// Real processes, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir = '';
let data: readonly string[] = [];
/** The run that nothing disturbs: what every other one must come to. */
let uncut = '';

beforeAll(async () => {
  ({ dir, data } = await workplace());
  uncut = join(dir, 'uncut');
  expect((await trainer(pretrain(data, uncut))).code).toBe(0);
});
afterAll(() => remove(dir));

/** Every step has the uncut run's loss, however often it was trained, and the same bits are left in the end. */
const expectUncut = (save: string): void => {
  const [mine, its] = [losses(save), losses(uncut)];
  expect([...mine.keys()].sort()).toEqual([...its.keys()].sort());
  for (const [step, bits] of mine) expect(new Set(bits), `step ${step}`).toEqual(new Set(its.get(step)));
  expect(shard(save, 24).equals(shard(uncut, 24))).toBe(true);
};

test('at a large model’s learning rate the loss falls from that of knowing nothing', async () => {
  const save = join(dir, 'longer');
  const ended = await trainer(pretrain(data, save, '--train-iters=100', '--save-interval=100'));
  expect(ended.code).toBe(0);
  const seen = curve(save);
  expect(seen[0]).toBeCloseTo(Math.log(257), 12);
  expect(seen.at(-1)).toBeLessThan(2.5);
});

test('at a learning rate of 0 every step has the same loss, to the bit', async () => {
  const save = join(dir, 'flat');
  expect((await trainer(pretrain(data, save, '--lr=0'))).code).toBe(0);
  expect(new Set([...losses(save).values()].flat()).size).toBe(1);
});

test('another seed, rate or weight of the blend gives other losses: what is asked for is really done', async () => {
  const changes = [
    '--seed=8',
    '--lr=2.6e-5',
    '--weight-decay=0.2',
    '--clip-grad=0.01',
    '--adam-beta2=0.9',
    '--lr-warmup-iters=3',
  ];
  const last = await Promise.all(
    changes.map(async (change, i) => {
      const save = join(dir, `change-${i}`);
      expect((await trainer(pretrain(data, save, change))).code).toBe(0);
      return curve(save).at(-1);
    }),
  );
  expect(new Set([...last, curve(uncut).at(-1)]).size).toBe(changes.length + 1);
});

test.each([
  ['in the middle of training', 'step:13', '12'],
  ['while a checkpoint is written', 'checkpoint:12', '8'],
  ['between the truncation of the tracker and its writing', 'tracker:12', ''],
])('killed %s and resumed, it is bit for bit the uncut run', async (_, fault, left) => {
  const save = join(dir, fault.replace(':', '-'));
  const faults = { MARTLET_REHEARSAL_DIE: fault, MARTLET_REHEARSAL_DIE_ONCE: join(dir, `${fault}.once`) };
  const killed = await trainer(pretrain(data, save), faults);
  expect(killed.signal).toBe('SIGKILL');
  expect(tracker(save)).toBe(left);
  const newest = mend(save);
  const resumed = await trainer(pretrain(data, save), faults);
  expect(resumed.stderr).toBe('');
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain(
    `successfully loaded checkpoint from ${save} [ t 1/1, gtp_remat 1/1, p 1/1 ] at iteration ${newest}`,
  );
  expectUncut(save);
});

test('a tracker that a kill left empty ends the next start with code 0, as Megatron does, and nothing is trained', async () => {
  const save = join(dir, 'empty-tracker');
  await trainer(pretrain(data, save), { MARTLET_REHEARSAL_DIE: 'tracker:8' });
  const again = await trainer(pretrain(data, save));
  expect(again.code).toBe(0);
  expect(again.stdout).toContain(`ERROR: Invalid metadata file ${save}/latest_checkpointed_iteration.txt. Exiting`);
  expect(again.stdout).not.toContain('after training is done');
});

test('cut by a virtual clock into three segments, it is bit for bit the uncut run, and cut where planned', async () => {
  const save = join(dir, 'segments');
  const line = pretrain(data, save, '--exit-duration-in-mins=10');
  const segments = [];
  for (let i = 0; i < 3; i++) segments.push(await trainer(line, { MARTLET_REHEARSAL_STEP_SECONDS: '60' }));
  expect(segments.map(each => each.code)).toEqual([0, 0, 0]);
  expect(segments[0]?.stdout).toMatch(
    /\[exiting program after 11\.0 minutes\] datetime: \d{4}-\d\d-\d\d [\d:]{8}\.\d{6} \n/,
  );
  expect(segments.map(each => each.stdout.includes('[after training is done]'))).toEqual([false, false, true]);
  const lines = segments.map(each => each.stdout.split('\n').flatMap(readLine));
  expect(lines.map(metrics => metrics.filter(each => each.name === 'lm loss').map(each => each.step)[0])).toEqual([
    1, 12, 23,
  ]);
  const [elapsed] = lines.flat().filter(each => each.name === 'elapsed time per iteration (ms)');
  expect(elapsed?.value).toBe(60_000);
  expectUncut(save);
});

test('synchronous saves leave the same bits as asynchronous ones', async () => {
  const save = join(dir, 'synchronous');
  const line = pretrain(data, save).filter(each => each !== '--use-persistent-ckpt-worker');
  const ended = await trainer(line);
  expect(ended.stdout).not.toContain('scheduled an async');
  expectUncut(save);
});

test('a signal is answered by the step at hand, a checkpoint and code 0; training then goes on as if nothing had been', async () => {
  const save = join(dir, 'signal');
  const { child, ended } = start(pretrain(data, save, '--eval-iters=200', '--eval-interval=1'));
  child.stdout?.on('data', chunk => {
    if (String(chunk).includes('iteration        5/')) child.kill('SIGTERM');
  });
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/\[exiting program after receiving SIGTERM\.\] datetime: /);
  const reached = Number(tracker(save));
  expect(reached).toBeGreaterThanOrEqual(5);
  expect(reached).toBeLessThan(24);
  expect((await trainer(pretrain(data, save))).code).toBe(0);
  expectUncut(save);
});

test('without the handler a signal kills it at once', async () => {
  const save = join(dir, 'no-handler');
  const line = pretrain(data, save, '--eval-iters=200', '--eval-interval=1').filter(
    each => each !== '--exit-signal-handler',
  );
  const { child, ended } = start(line);
  child.stdout?.once('data', () => child.kill('SIGTERM'));
  expect((await ended).signal).toBe('SIGTERM');
});

test('--exit-signal names the signal, --exit-interval the step at which it leaves', async () => {
  const save = join(dir, 'exits');
  const { child, ended } = start(
    pretrain(data, save, '--eval-iters=200', '--eval-interval=1', '--exit-signal=SIGUSR2'),
  );
  child.stdout?.on('data', chunk => {
    if (String(chunk).includes('iteration        2/')) child.kill('SIGUSR2');
  });
  expect((await ended).stdout).toContain('[exiting program after receiving SIGTERM.]');
  const interval = await trainer(pretrain(data, save, '--exit-interval=10'));
  expect(interval.code).toBe(0);
  expect(interval.stdout).toContain('[exiting program at iteration 10] datetime: ');
  expect(tracker(save)).toBe('10');
});

test('a finished run that is started again trains nothing, says that it is done, and leaves with code 0', async () => {
  const before = shard(uncut, 24);
  const again = await trainer(pretrain(data, uncut));
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('[after training is done]');
  expect(again.stdout).toContain(' validation loss at iteration 24 on validation set | ');
  expect(again.stdout).not.toMatch(/iteration +\d+\/ +24 \|/);
  expect(shard(uncut, 24).equals(before)).toBe(true);
});

test('the log begins with what this is, then follows Megatron from phase to phase', async () => {
  const { stdout } = await trainer(pretrain(data, join(dir, 'log'), '--log-throughput'));
  const phases = [
    'martlet rehearsal: this is not Megatron-LM',
    'using world size: 1, data-parallel size: 1',
    '------------------------ arguments ------------------------',
    '-------------------- end of arguments ---------------------',
    '> initializing torch distributed ...',
    '[after megatron is initialized] datetime: ',
    ' > number of parameters on (tensor, gtp_remat, pipeline) model parallel rank (0, 0, 0): ',
    'WARNING: could not find the metadata file ',
    '    will not load any checkpoints and will start from random',
    '[after model, optimizer, and learning rate scheduler are built] datetime: ',
    '> building train, validation, and test datasets ...',
    ' > datasets target sizes (minimum size):',
    '    train:      192',
    '    validation: 64',
    '    test:       16',
    '[after dataloaders are built] datetime: ',
    'done with setup ...',
    'training ...',
    '[before the start of training step] datetime: ',
    ' validation loss at iteration 8 | lm loss value: ',
    '[after training is done] datetime: ',
    ' validation loss at iteration 24 on validation set | ',
  ];
  const lines = stdout.split('\n');
  const at = phases.map(phase => lines.findIndex(line => line.startsWith(phase)));
  expect(at).toEqual([...at].sort((x, y) => x - y));
  expect(at[0]).toBe(0);
  expect(at).not.toContain(-1);
  expect(stdout).not.toContain('on test set');
});
