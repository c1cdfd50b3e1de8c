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
import { afterEach, expect, test } from 'vitest';
import { type Ended, linesBelow, ROOT, type Sandbox, sandbox } from '../helpers/sandbox.ts';

const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
const MARTLET = join(ROOT, 'bin/martlet');
/** Four steps, or four hundred: over at once, or there to be cut. */
const [SHORT, LONG] = ['1000', '10'];

const open: Sandbox[] = [];
afterEach(async () => {
  for (const box of open.splice(0)) {
    await box.run([join(ROOT, 'bin/martlet-local'), 'cancel', ...(await waiting(box))]).catch(() => undefined);
    box.remove();
  }
});

const fresh = (): Sandbox => {
  const box = sandbox(3);
  open.push(box);
  mkdirSync(box.env.HOME ?? '', { recursive: true });
  return box;
};

/** Ids of the embedded scheduler's jobs that have not ended. */
const waiting = async (box: Sandbox): Promise<string[]> => {
  const out = await box.run([join(ROOT, 'bin/martlet-local'), 'poll']);
  const lines = out.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { id: string; seen: string });
  return lines.filter(each => each.seen !== 'ended').map(each => each.id);
};

const submit = (box: Sandbox, scale: string, ...more: string[]): Promise<Ended> =>
  box.martlet('submit', TINY, '--cluster', 'local', '--rehearse', '--scale', scale, '--yes', ...more);

const submitted = async (box: Sandbox, scale: string, ...more: string[]): Promise<void> => {
  const out = await submit(box, scale, '--run', 'r1', ...more);
  expect(out.code, out.stdout + out.stderr).toBe(0);
};

const runs = (box: Sandbox): string => join(box.dir, 'state/martlet/local/runs');
const exits = (box: Sandbox): string[] =>
  linesBelow(runs(box), 'exit')
    .map(({ file, line }) => `${file.split('/').slice(1, 3).join('/')} ${line}`)
    .sort();

/** Until a job of this folder has begun to train. */
const training = async (box: Sandbox): Promise<void> => {
  const log = join(runs(box), 'r1/cpt-1/A1/log.txt');
  const deadline = Date.now() + 30_000;
  while (!(existsSync(log) && readFileSync(log, 'utf8').includes(' iteration '))) {
    expect(Date.now(), 'it never trained').toBeLessThan(deadline);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};

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
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
});

test('a stopped run saves, is not begun again by a submit, and goes on with resume', async () => {
  const box = fresh();
  expect((await submit(box, LONG)).code).toBe(0);
  const run = readdirSync(runs(box))[0] ?? '';
  await new Promise(resolve => setTimeout(resolve, 3000));
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
