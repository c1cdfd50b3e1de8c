import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exits, fresh, LONG, MARTLET, runs, SHORT, submit, submitted, TINY, waiting } from '../helpers/runs.ts';
import { type Ended, ROOT } from '../helpers/sandbox.ts';

test('a submit typed again while its run is unfinished goes on with it, from any folder, and sends nothing twice', async () => {
  const box = fresh();
  expect((await submit(box, LONG)).code).toBe(0);
  const elsewhere = await new Promise<Ended>(resolve => {
    const child = spawn(
      MARTLET,
      ['submit', 'tiny.yaml', '--cluster', 'local', '--rehearse', '--scale', LONG, '--yes'],
      { cwd: join(ROOT, 'test/flows/recipes'), env: box.env },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => (stdout += chunk));
    child.stderr.on('data', chunk => (stderr += chunk));
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  expect(elsewhere.code, elsewhere.stderr).toBe(0);
  expect(elsewhere.stdout).toContain('was known already');
  expect(readdirSync(runs(box))).toHaveLength(1);
  expect((await waiting(box)).length).toBeLessThanOrEqual(3);
  const again = await submit(box, LONG, '--again');
  expect(again.code).toBe(0);
  expect(readdirSync(runs(box))).toHaveLength(2);
});

test('adopt rebuilds a run from its folder, and refuses another cluster', async () => {
  const box = fresh();
  await submitted(box, SHORT);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  rmSync(join(box.dir, 'state/martlet/runs'), { recursive: true });
  expect((await box.martlet('status', 'r1')).code).toBe(2);
  expect((await box.martlet('adopt', join(runs(box), 'r1'), '--cluster', 'docker')).code).toBe(2);
  expect((await box.martlet('adopt', join(runs(box), 'r1'), '--cluster', 'local')).code).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  const report = JSON.parse((await box.martlet('report', 'r1', '--json')).stdout);
  expect(report.rows.filter((row: { ok: boolean }) => row.ok !== true)).toEqual([]);
});

test('while the folder of a run does not answer, nothing is said to be lost', async () => {
  const box = fresh();
  await submitted(box, SHORT);
  const there = join(runs(box), 'r1');
  const deadline = Date.now() + 30_000;
  while (exits(box).length < 3 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50));
  renameSync(there, `${there}.away`);
  await box.martlet('status', 'r1');
  await new Promise(resolve => setTimeout(resolve, 6000));
  const away = JSON.parse((await box.martlet('status', 'r1', '--json')).stdout);
  expect(JSON.stringify(away)).not.toContain('"lost"');
  renameSync(`${there}.away`, there);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
});

test('a plan is applied from any folder, and refused once its recipe has changed', async () => {
  const box = fresh();
  const recipe = join(box.dir, 'mine.yaml');
  copyFileSync(TINY, recipe);
  const plan = join(box.dir, 'plan.json');
  expect(
    (await box.martlet('plan', recipe, '--cluster', 'local', '--rehearse', '--scale', SHORT, '-o', plan)).code,
  ).toBe(0);
  expect((await box.martlet('apply', plan)).code).toBe(0);
  writeFileSync(recipe, readFileSync(recipe, 'utf8').replace('lr: 2.5e-5', 'lr: 3.0e-5'));
  const refused = await box.martlet('apply', plan);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('mine.yaml');
  expect((await box.martlet('wait')).code).toBe(0);
});

test('no segment of a stage starts when the stage before it failed', async () => {
  const box = fresh();
  // A corpus that is there and is no JSONL: preprocessing fails.
  const raw = join(box.dir, 'state/martlet/local/datasets/raw');
  mkdirSync(raw, { recursive: true });
  writeFileSync(join(raw, 'ja-text.jsonl'), 'this is no JSON\n');
  await submitted(box, SHORT);
  expect((await box.martlet('wait', 'r1')).code).toBe(3);
  expect(exits(box).filter(line => line.startsWith('cpt'))).toEqual([]);
});

test.each(['abci3', 'tsubame4', 'hyperpod'])(
  "%s's own scripts run to the end on pretend nodes, and every value is as asked",
  async site => {
    const box = fresh();
    await submitted(box, SHORT, '--as', site);
    expect((await box.martlet('wait', 'r1')).code).toBe(0);
    const { rows } = JSON.parse((await box.martlet('report', 'r1', '--json')).stdout);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row: { ok: boolean }) => row.ok !== true)).toEqual([]);
  },
);

test('three equal submits at once make one run', async () => {
  const box = fresh();
  const all = await Promise.all([submit(box, LONG), submit(box, LONG), submit(box, LONG)]);
  expect(all.map(each => each.code)).toEqual([0, 0, 0]);
  expect(readdirSync(runs(box)).filter(name => !name.includes('.tmp-'))).toHaveLength(1);
  expect((await waiting(box)).length).toBeLessThanOrEqual(3);
});

test('a run whose folder was deleted is not sent again in its place', async () => {
  const box = fresh();
  await submitted(box, SHORT);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  rmSync(join(runs(box), 'r1'), { recursive: true });
  const again = await submit(box, SHORT, '--run', 'r1');
  expect(again.code).toBe(3);
  expect(again.stderr).toContain('its folder is gone');
  expect(existsSync(join(runs(box), 'r1'))).toBe(false);
});

test('a run that ended while nobody looked does not stand in the way of a new one', async () => {
  const box = fresh();
  expect((await submit(box, SHORT)).code).toBe(0);
  const deadline = Date.now() + 30_000;
  while (exits(box).length < 3 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 50));
  // The queue notes the end a moment after the job wrote it.
  while ((await waiting(box)).length > 0) await new Promise(resolve => setTimeout(resolve, 50));
  expect((await submit(box, SHORT)).code).toBe(0);
  expect(readdirSync(runs(box))).toHaveLength(2);
});
