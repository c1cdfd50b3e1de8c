import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { buildChild, CHILD_ENV, childPath } from '../helpers/kill-child.ts';
import { writeQuickEngine } from '../helpers/quick-engine.ts';
import { linesBelow, ROOT, type Sandbox, sandbox } from '../helpers/sandbox.ts';

const RECIPE = join(ROOT, 'test/flows/recipes/tiny.yaml');
const REQUESTS = JSON.stringify([{ recipe: RECIPE, cluster: 'local', rehearse: true, scale: 1000 }]);
const CHILD = childPath('local');
/** prepare, one segment of cpt and one to spare. */
const JOBS = 3;

beforeAll(() => buildChild(CHILD));

const open: Sandbox[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.remove();
});

const fresh = (): Sandbox & { marks: string; node: string } => {
  const box = sandbox(2);
  open.push(box);
  mkdirSync(box.env.HOME ?? '', { recursive: true });
  const node = writeQuickEngine(join(box.dir, 'engine'));
  return { ...box, marks: join(box.dir, 'marks'), node };
};

type Box = ReturnType<typeof fresh>;

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const start = (box: Box, k: number) =>
  spawn(process.execPath, [CHILD, REQUESTS, String(k), box.marks], {
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

const marks = (box: Box): string[] =>
  existsSync(box.marks) ? readFileSync(box.marks, 'utf8').split('\n').filter(Boolean) : [];

/** Starts every job wrote into its own diary, by job: the count that martlet's own store has no part in. */
const starts = (box: Box): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { file, line } of linesBelow(join(box.dir, 'state'), 'events.jsonl')) {
    if (JSON.parse(line).kind !== 'started') continue;
    const job = file.split('/').at(-3) ?? '';
    counts[job] = (counts[job] ?? 0) + 1;
  }
  return counts;
};

const ONCE = { 'prepare-1': 1, 'cpt-1': 1, 'cpt-2': 1 };

/** Every job has written that its stage is complete. */
const allEnded = async (box: Box): Promise<void> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const exits = linesBelow(join(box.dir, 'state/martlet/local/runs'), 'exit');
    if (exits.length === JOBS && exits.every(({ line }) => line === '1 0 complete')) return;
    if (Date.now() > deadline) throw new Error(`not ended: ${JSON.stringify(exits)}`);
    await pause(20);
  }
};

/** The scheduler's own account of everything it was ever asked for: its ids are 1, 2, 3, and unknown ones are left out. */
const accounted = async (box: Box): Promise<string[]> => {
  const listed = await box.run([join(ROOT, 'bin/martlet-local'), 'poll', '1', '2', '3', '4', '5', '6']);
  return listed.stdout.split('\n').filter(Boolean);
};

/** Waits for the end and holds every job's own lines, and the scheduler's account, against "exactly once". */
const countOnce = async (box: Box): Promise<void> => {
  await allEnded(box);
  expect(await accounted(box)).toHaveLength(JOBS);
  expect(starts(box)).toEqual(ONCE);
};

/** Submits again, and counts. */
const finishAndCount = async (box: Box): Promise<void> => {
  const again = await ended(start(box, 0));
  expect(again.out, 'the second submit').toContain('"submitted"');
  expect(again.code).toBe(0);
  await countOnce(box);
};

const effectsOfOneSubmit = async (): Promise<number> => {
  const box = fresh();
  const child = await ended(start(box, 0));
  expect(child.code, child.out).toBe(0);
  expect(JSON.parse(child.out).submitted).toHaveLength(JOBS);
  await allEnded(box);
  expect(starts(box)).toEqual(ONCE);
  return marks(box).filter(line => line.startsWith('effect')).length;
};

/** Two at a time: the machine has two cores, and a queue of experiments must not become its own load test. */
const inPairs = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
  };
  await Promise.all([worker(), worker()]);
};

test('killed after every single outside effect of submit, the second submit runs each job exactly once', {
  timeout: 280_000,
}, async () => {
  const effects = await effectsOfOneSubmit();
  expect(effects).toBeGreaterThan(8);
  let killed = 0;
  await inPairs(
    Array.from({ length: effects }, (_, i) => i + 1),
    async k => {
      const box = fresh();
      const child = await ended(start(box, k));
      expect(child.signal, `effect ${k}: ${child.out}`).toBe('SIGKILL');
      killed += 1;
      await finishAndCount(box);
    },
  );
  process.stdout.write(`killed once after each of ${effects} outside effects\n`);
  expect(killed).toBe(effects);
});

test('typed again only after everything that a killed submit had sent is over, it still runs each job exactly once', async () => {
  const whole = fresh();
  expect((await ended(start(whole, 0))).code).toBe(0);
  const lines = marks(whole).filter(line => line.startsWith('effect'));
  const walk = lines.findIndex(line => line.endsWith('remote.run')) + 1;
  expect(walk).toBeGreaterThan(0);
  await inPairs(
    lines.slice(walk - 1).map((_, i) => walk + i),
    async k => {
      const box = fresh();
      const child = await ended(start(box, k));
      expect(child.signal, `effect ${k}: ${child.out}`).toBe('SIGKILL');
      await allEnded(box);
      await finishAndCount(box);
    },
  );
});

/** Milliseconds from the start of the process to a line of its marks. */
const whenMarked = async (text: string): Promise<number> => {
  const box = fresh();
  const begun = performance.now();
  const child = start(box, 0);
  const over = ended(child);
  while (!marks(box).includes(text)) {
    expect(child.exitCode, 'it ended without a mark').toBeNull();
    await pause(2);
  }
  const at = performance.now() - begun;
  await over;
  await allEnded(box);
  return at;
};

test('killed at 50 random moments, most of them while jobs are being sent, nothing is lost and nothing doubled', {
  timeout: 290_000,
}, async () => {
  const [first, last] = [await whenMarked('intent'), await whenMarked('answered')];
  let inside = 0;
  let seed = 20261123;
  const dice = (): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  // Four in five fall at random after the first intent was seen; the rest anywhere in the life of the process.
  const kills = Array.from({ length: 50 }, (_, i) =>
    i % 5 < 4
      ? { seen: true, after: dice() * Math.max(5, last - first) * 0.8 }
      : { seen: false, after: dice() * last * 1.2 },
  );
  await inPairs(kills, async ({ seen, after }) => {
    const box = fresh();
    const child = start(box, 0);
    const over = ended(child);
    while (seen && !marks(box).includes('intent') && child.exitCode === null) await pause(1);
    await pause(after);
    child.kill('SIGKILL');
    await over;
    const left = marks(box);
    if (left.includes('intent') && !left.includes('answered')) inside += 1;
    // Whoever has been told is done with this submit, and an equal one later is a new wish.
    await (left.includes('told') ? countOnce(box) : finishAndCount(box));
  });
  process.stdout.write(`kills between the first intent and the last answer: ${inside} of ${kills.length}\n`);
  expect(inside).toBeGreaterThanOrEqual(25);
});
