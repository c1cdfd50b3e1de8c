import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { EMBEDDED, note } from '../clusters/bed.ts';
import { buildChild, CHILD_ENV, childPath } from '../helpers/kill-child.ts';
import { writeQuickEngine } from '../helpers/quick-engine.ts';
import { linesBelow, ROOT, type Sandbox, sandbox } from '../helpers/sandbox.ts';

const RECIPE = join(ROOT, 'test/flows/recipes/tiny.yaml');
const CHILD = childPath('local');
const STAGES = ['prepare-1', 'cpt-1', 'cpt-2'];

/** A pipeline of three jobs that no other number has: prepare, one segment of cpt and one to spare. */
const request = (n: number) => ({
  ...{ recipe: RECIPE, cluster: 'local', rehearse: true, scale: 1000 },
  sets: [`stages.cpt.data.seed=${n + 1}`],
});

beforeAll(() => buildChild(CHILD));

const open: Sandbox[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});

const fresh = (): Sandbox & { node: string } => {
  const box = sandbox(2);
  open.push(box);
  mkdirSync(box.env.HOME ?? '', { recursive: true });
  const node = writeQuickEngine(join(box.dir, 'engine'));
  return { ...box, node };
};

type Box = ReturnType<typeof fresh>;

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** Submits pipelines, and is killed after its k-th outside effect (0: never). */
const start = (box: Box, pipelines: readonly number[], k = 0, marks = 'marks') =>
  spawn(process.execPath, [CHILD, JSON.stringify(pipelines.map(request)), String(k), join(box.dir, marks)], {
    cwd: ROOT,
    env: { ...box.env, ...CHILD_ENV, MARTLET_REHEARSAL_NODE: box.node },
    stdio: 'pipe',
  });

const ended = (
  child: ReturnType<typeof start>,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string }> =>
  new Promise(resolve => {
    let out = '';
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (out += chunk));
    child.on('close', (code, signal) => resolve({ code, signal, out }));
  });

const marksOf = (box: Box, marks = 'marks'): string[] => {
  const path = join(box.dir, marks);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
};

/** Lines of a file of each job's own, by `RUN/JOB`. */
const byJob = (box: Box, name: string): Map<string, string[]> => {
  const lines = linesBelow(join(box.dir, 'state/martlet/local/runs'), name).map(({ file, line }) => {
    const [run = '', job = ''] = file.split('/');
    return [`${run}/${job}`, line] as const;
  });
  return new Map([...Map.groupBy(lines, ([at]) => at)].map(([at, own]) => [at, own.map(([, line]) => line)]));
};

/** Every job that is there has written that its stage is complete, and as many are there as there should be. */
const allEnded = async (box: Box, jobs: number): Promise<void> => {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const exits = byJob(box, 'exit');
    if (exits.size === jobs && [...exits.values()].every(([line]) => line === '1 0 complete')) return;
    if (Date.now() > deadline) throw new Error(`not ended: ${JSON.stringify([...exits])}`);
    await pause(50);
  }
};

/** The scheduler's own account of everything it was ever asked for: its ids are 1, 2, 3, and unknown ones are left out. */
const accounted = async (box: Box, jobs: number): Promise<string[]> => {
  const ids = Array.from({ length: 2 * jobs }, (_, i) => `${i + 1}`);
  const listed = await box.run([join(ROOT, 'bin/martlet-local'), 'poll', ...ids]);
  return listed.stdout.split('\n').filter(Boolean);
};

/**
 * Waits for the end of so many pipelines and holds the lines that every job wrote into its own diary, and the scheduler's
 * account, against "exactly once": martlet's own store has no part in it.
 */
const countOnce = async (box: Box, pipelines: number): Promise<void> => {
  const jobs = pipelines * STAGES.length;
  await allEnded(box, jobs);
  expect(await accounted(box, jobs)).toHaveLength(jobs);
  const starts = [...byJob(box, 'events.jsonl')].map(([at, lines]) => {
    const count = lines.filter(line => JSON.parse(line).kind === 'started').length;
    return `${at}: ${count}`;
  });
  // A killed writer leaves a folder beside, which the next one takes away once it is a minute old.
  const runs = readdirSync(join(box.dir, 'state/martlet/local/runs')).filter(name => !name.includes('.tmp-'));
  expect(runs).toHaveLength(pipelines);
  expect(starts.sort()).toEqual(runs.flatMap(run => STAGES.map(job => `${run}/${job}: 1`)).sort());
};

/** Types the submits of these pipelines again, all that were not told, and counts. */
const finishAndCount = async (box: Box, untold: readonly number[], pipelines: number): Promise<void> => {
  const again = await ended(start(box, untold));
  expect(again.code, again.out).toBe(0);
  expect(again.out.match(/"submitted"/g), 'the second submits').toHaveLength(untold.length);
  await countOnce(box, pipelines);
};

/** The marks of a first pipeline that nobody disturbs; its data are there for those after it. */
const undisturbed = async (box: Box): Promise<string[]> => {
  const child = await ended(start(box, [0]));
  expect(child.code, child.out).toBe(0);
  expect(JSON.parse(child.out).submitted).toHaveLength(STAGES.length);
  await countOnce(box, 1);
  return marksOf(box);
};

/** Two at a time: the machine has two cores, and a queue of experiments must not become its own load test. */
const inPairs = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
  };
  await Promise.all([worker(), worker()]);
};

const effectsOf = (marks: readonly string[]): string[] => marks.filter(line => line.startsWith('effect'));

/** Pipelines k, k + 1, ..., each killed after the outside effect of its number. */
const killAfterEach = async (box: Box, effects: readonly number[]): Promise<void> => {
  let killed = 0;
  await inPairs(effects, async k => {
    const child = await ended(start(box, [k], k, `marks-${k}`));
    expect(child.signal, `effect ${k}: ${child.out}`).toBe('SIGKILL');
    killed += 1;
  });
  expect(killed).toBe(effects.length);
};

test('killed after every single outside effect of submit, the second submit runs each job exactly once', {
  timeout: 200_000,
}, async context => {
  const box = fresh();
  const count = effectsOf(await undisturbed(box)).length;
  expect(count).toBeGreaterThan(8);
  const effects = Array.from({ length: count }, (_, i) => i + 1);
  await killAfterEach(box, effects);
  process.stdout.write(`killed once after each of ${count} outside effects\n`);
  await finishAndCount(box, effects, count + 1);
  note(context, EMBEDDED, { faults: count });
});

test('typed again only after everything that a killed submit had sent is over, it still runs each job exactly once', async context => {
  const box = fresh();
  const lines = effectsOf(await undisturbed(box));
  const walk = lines.findIndex(line => line.endsWith('remote.run')) + 1;
  expect(walk).toBeGreaterThan(0);
  const effects = lines.slice(walk - 1).map((_, i) => walk + i);
  await killAfterEach(box, effects);
  await allEnded(box, (effects.length + 1) * STAGES.length);
  await finishAndCount(box, effects, effects.length + 1);
  note(context, EMBEDDED, { faults: effects.length });
});

/** Milliseconds from the start of a submit's process to a line of its marks. */
const whenMarked = async (box: Box, pipeline: number, texts: readonly string[]): Promise<number[]> => {
  const begun = performance.now();
  const child = start(box, [pipeline], 0, `marks-${pipeline}`);
  const over = ended(child);
  const times: number[] = [];
  for (const text of texts) {
    while (!marksOf(box, `marks-${pipeline}`).includes(text)) {
      expect(child.exitCode, 'it ended without a mark').toBeNull();
      await pause(2);
    }
    times.push(performance.now() - begun);
  }
  await over;
  return times;
};

test('killed at 50 random moments, most of them while jobs are being sent, nothing is lost and nothing doubled', {
  timeout: 280_000,
}, async context => {
  const box = fresh();
  await undisturbed(box);
  const [first = 0, last = 0] = await whenMarked(box, 51, ['intent', 'answered']);
  let inside = 0;
  let seed = 20261123;
  const dice = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  // Four in five fall at random after the first intent was seen; the rest anywhere in the life of the process.
  const kills = Array.from({ length: 50 }, (_, i) =>
    i % 5 < 4
      ? { n: i + 1, seen: true, after: dice() * Math.max(5, last - first) * 0.8 }
      : { n: i + 1, seen: false, after: dice() * last * 1.2 },
  );
  const untold: number[] = [];
  await inPairs(kills, async ({ n, seen, after }) => {
    const marks = `marks-${n}`;
    const child = start(box, [n], 0, marks);
    const over = ended(child);
    while (seen && !marksOf(box, marks).includes('intent') && child.exitCode === null) await pause(1);
    await pause(after);
    child.kill('SIGKILL');
    await over;
    const left = marksOf(box, marks);
    if (left.includes('intent') && !left.includes('answered')) inside += 1;
    // Whoever has been told is done with this submit, and an equal one later is a new wish.
    if (!left.includes('told')) untold.push(n);
  });
  process.stdout.write(`kills between the first intent and the last answer: ${inside} of ${kills.length}\n`);
  expect(inside).toBeGreaterThanOrEqual(25);
  await finishAndCount(box, untold, kills.length + 2);
  note(context, EMBEDDED, { faults: kills.length });
});
