import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  exits,
  fresh,
  LONG,
  MARTLET,
  runs,
  SHORT,
  submit,
  submitted,
  TINY,
  training,
  waiting,
} from '../helpers/runs.ts';
import { linesBelow } from '../helpers/sandbox.ts';

test('a cancelled run ends, says so, and can be resumed to the end', async () => {
  const box = fresh();
  await submitted(box, LONG);
  await training(box);
  const out = await box.martlet('cancel', 'r1', '--yes');
  expect(out.code, out.stderr).toBe(0);
  expect(await waiting(box)).toEqual([]);
  expect((await box.martlet('wait', 'r1')).code).toBe(4);
  expect((await box.martlet('resume', 'r1')).code).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  expect(exits(box).filter(line => line.includes('/A2'))).toContain('cpt-1/A2 1 0 complete');
});

test('cancel of a stage that is not there changes nothing and names those that are', async () => {
  const box = fresh();
  await submitted(box, SHORT);
  const out = await box.martlet('cancel', 'r1/ctp', '--yes');
  expect(out).toMatchObject({ code: 2 });
  expect(out.stderr).toContain('prepare, cpt');
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
});

test.each([
  ['before anything was asked for', 0],
  ['after the first answer', 1],
  ['after the second answer', 2],
])('a cancel after a submit that was killed %s leaves nothing waiting or running', async (_, answers) => {
  const box = fresh();
  const child = spawn(
    MARTLET,
    ['submit', TINY, '--cluster', 'local', '--rehearse', '--scale', LONG, '--yes', '--run', 'r1'],
    { env: box.env, stdio: 'ignore' },
  );
  const over = new Promise(resolve => child.on('close', resolve));
  const seen = (): number =>
    existsSync(join(runs(box), 'r1')) ? linesBelow(join(runs(box), 'r1'), 'submit.rc').length : -1;
  while (seen() < answers && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  await over;
  const out = await box.martlet('cancel', 'r1', '--yes');
  expect(out.code, out.stdout + out.stderr).toBe(0);
  expect(await waiting(box)).toEqual([]);
  // Nobody asks later: a walk that went on alone was blocked.
  await new Promise(resolve => setTimeout(resolve, 1500));
  expect(await waiting(box)).toEqual([]);
  expect((await box.martlet('resume', 'r1')).code).toBe(0);
  await training(box);
});

test('a run that was cancelled before anything was asked for is so to somebody who adopts it', async () => {
  const box = fresh();
  const words = ['submit', TINY, '--cluster', 'local', '--rehearse', '--scale', SHORT, '--yes', '--run', 'r1'];
  const child = spawn(MARTLET, words, { env: box.env, stdio: 'ignore' });
  const over = new Promise(resolve => child.on('close', resolve));
  while (!existsSync(join(runs(box), 'r1')) && child.exitCode === null)
    await new Promise(resolve => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  await over;
  expect((await box.martlet('cancel', 'r1', '--yes')).code).toBe(0);
  rmSync(join(box.dir, 'state/martlet/runs'), { recursive: true });
  const adopted = await box.martlet('adopt', join(runs(box), 'r1'), '--cluster', 'local');
  expect(adopted.code, adopted.stderr).toBe(0);
  expect((await box.martlet('status', 'r1', '--json')).stdout).not.toMatch(
    /"state":"(submitting|queued|held|running)"/,
  );
});

test('a stopped run saves, is not begun again by a submit, and goes on with resume', async () => {
  const box = fresh();
  expect((await submit(box, LONG)).code).toBe(0);
  const run = readdirSync(runs(box))[0] ?? '';
  await training(box, run);
  expect((await box.martlet('stop', run)).code).toBe(0);
  expect((await box.martlet('wait', run)).code).toBe(4);
  const again = await submit(box, LONG);
  expect(again.code).toBe(3);
  expect(again.stderr).toContain(`martlet resume ${run}`);
  expect((await box.martlet('resume', run)).code).toBe(0);
  expect((await box.martlet('wait', run)).code).toBe(0);
  const idle = await box.martlet('stop', run);
  expect(idle.code).toBe(3);
  expect(existsSync(join(runs(box), run, 'STOP'))).toBe(false);
});

test('waiting for a run whose submit was cut off ends, and says that a person has to type it again', {
  timeout: 90_000,
}, async () => {
  const box = fresh();
  const child = spawn(
    MARTLET,
    ['submit', TINY, '--cluster', 'local', '--rehearse', '--scale', SHORT, '--yes', '--run', 'r1'],
    { env: box.env, stdio: 'ignore' },
  );
  const over = new Promise(resolve => child.on('close', resolve));
  while (!existsSync(join(box.dir, 'state/martlet/runs/r1/events.db')) && child.exitCode === null)
    await new Promise(resolve => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  await over;
  const waited = await box.martlet('wait', 'r1');
  expect([0, 4]).toContain(waited.code);
});
