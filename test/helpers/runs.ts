import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { type Ended, linesBelow, ROOT, type Sandbox, sandbox } from './sandbox.ts';

export const TINY = join(ROOT, 'test/flows/recipes/tiny.yaml');
export const MARTLET = join(ROOT, 'bin/martlet');
/** Four steps, or two hundred: over at once, or there to be cut. */
export const [SHORT, LONG] = ['1000', '20'] as const;

const open: Sandbox[] = [];
afterEach(async () => {
  for (const box of open.splice(0)) {
    await box.run([join(ROOT, 'bin/martlet-local'), 'cancel', ...(await waiting(box))]).catch(() => undefined);
    box.remove();
  }
});

export const fresh = (): Sandbox => {
  const box = sandbox(3);
  open.push(box);
  mkdirSync(box.env.HOME ?? '', { recursive: true });
  return box;
};

/** Ids of the embedded scheduler's jobs that have not ended. */
export const waiting = async (box: Sandbox): Promise<string[]> => {
  const out = await box.run([join(ROOT, 'bin/martlet-local'), 'poll']);
  const lines = out.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { id: string; seen: string });
  return lines.filter(each => each.seen !== 'ended').map(each => each.id);
};

export const submit = (box: Sandbox, scale: string, ...more: string[]): Promise<Ended> =>
  box.martlet('submit', TINY, '--cluster', 'local', '--rehearse', '--scale', scale, '--yes', ...more);

export const submitted = async (box: Sandbox, scale: string, ...more: string[]): Promise<void> => {
  const out = await submit(box, scale, '--run', 'r1', ...more);
  expect(out.code, out.stdout + out.stderr).toBe(0);
};

export const runs = (box: Sandbox): string => join(box.dir, 'state/martlet/local/runs');
export const exits = (box: Sandbox): string[] =>
  linesBelow(runs(box), 'exit')
    .map(({ file, line }) => `${file.split('/').slice(1, 3).join('/')} ${line}`)
    .sort();

/** The log of the newest attempt of a run's first training job; empty where there is none. */
const newestLog = (box: Sandbox, run: string): string => {
  const job = join(runs(box), run, 'cpt-1');
  const attempts = existsSync(job) ? readdirSync(job).filter(name => /^A\d+$/.test(name)) : [];
  const log = join(job, attempts.sort().at(-1) ?? 'A1', 'log.txt');
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
};

/** Until the newest attempt of a run's first training job has begun to train. */
export const training = async (box: Sandbox, run = 'r1'): Promise<void> => {
  const deadline = Date.now() + 30_000;
  while (!newestLog(box, run).includes(' iteration ')) {
    expect(Date.now(), 'it never trained').toBeLessThan(deadline);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};
