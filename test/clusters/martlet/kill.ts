import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildChild, CHILD_ENV, childPath } from '../../helpers/kill-child.ts';
import { ROOT } from '../../helpers/sandbox.ts';
import { type Bed, type BedId, note } from '../bed.ts';
import { HOST, newPerson, type Person, RECIPE } from './person.ts';
import { allComplete, JOBS, named, prove } from './proof.ts';

/** Killed at random moments: as many runs, each of one job, because hundreds of pipelines would be a test of the machine. */
const RANDOM_KILLS: Readonly<Record<BedId, number>> = { slurm: 200, gridengine: 100, pbspro: 100 };
const ONE_JOB = JOBS.slice(0, 1);

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

interface Child {
  readonly pid: number;
  readonly ended: Promise<{ signal: NodeJS.Signals | null; code: number | null; out: string }>;
  readonly marks: () => string[];
  isRunning(): boolean;
  kill(): void;
}

/** A martlet that submits these runs and kills itself after its k-th outside effect; 0: never. */
const start = (person: Person, child: string, runs: readonly string[], k = 0, stages?: readonly string[]): Child => {
  const requests = runs.map(run => ({ recipe: RECIPE, cluster: 'bed', run, ...(stages ? { stages } : {}) }));
  const file = join(person.dir, `marks-${runs[0]}-${k}`);
  const martlet = spawn(process.execPath, [child, JSON.stringify(requests), String(k), file], {
    cwd: ROOT,
    env: { ...person.env, ...CHILD_ENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  martlet.stdout.on('data', chunk => (out += chunk));
  martlet.stderr.on('data', chunk => (out += chunk));
  return {
    pid: martlet.pid ?? 0,
    ended: new Promise(resolve => martlet.on('close', (code, signal) => resolve({ code, signal, out }))),
    marks: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []),
    isRunning: () => martlet.exitCode === null && martlet.signalCode === null,
    kill: () => martlet.kill('SIGKILL'),
  };
};

/** Processes of the far side that work for this run: its folder is in their words. */
const walkersOf = (run: string): number[] =>
  readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return words.includes(`/runs/${run}/submit-1.sh`) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });

const killed = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
};

/** Two at a time, as the machine has two cores. */
const inPairs = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
  };
  await Promise.all([worker(), worker()]);
};

/** Numbers between 0 and 1, the same in every run of the tests. */
const diceFrom = (start: number): (() => number) => {
  let seed = start;
  return () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
};

/** All at once: every run goes on where it was cut, each job has run exactly once, and status says so. */
const recoverAndProve = async (
  bed: Bed,
  person: Person,
  child: string,
  runs: readonly string[],
  jobs = JOBS,
): Promise<{ lost: readonly string[]; doubled: readonly string[] }> => {
  const stages = jobs === JOBS ? undefined : [...new Set(jobs.map(job => job.stage))];
  const again = await start(person, child, runs, 0, stages).ended;
  expect(again.code, again.out).toBe(0);
  // On one machine it is always known whether the scheduler was asked.
  expect(again.out).not.toMatch(/"undecided":\[\{/);
  await allComplete(bed, runs, jobs);
  return prove(bed, runs, jobs);
};

export const killSuite = (bed: Bed): void => {
  const { id } = bed;
  const kills = RANDOM_KILLS[id];
  const child = childPath(id);
  describe(`a submit over ssh to ${id}`, () => {
    let person: Person;
    beforeAll(async () => {
      await buildChild(child);
      person = await newPerson(bed, HOST);
    });
    afterAll(() => person?.remove());

    test('killed after every single outside effect, it loses no job and doubles none', async context => {
      const whole = start(person, child, [named('whole')]);
      expect((await whole.ended).code, (await whole.ended).out).toBe(0);
      // Its data is there before others look at it: runs share the folder of datasets.
      await allComplete(bed, [named('whole')]);
      const effects = whole.marks().filter(line => line.startsWith('effect')).length;
      expect(effects).toBeGreaterThan(8);
      const runs = Array.from({ length: effects }, (_, i) => named(`effect-${i + 1}`));
      await inPairs(runs, async run => {
        const { signal, out } = await start(person, child, [run], Number(run.split('-').at(-1))).ended;
        expect(signal, `${run}: ${out}`).toBe('SIGKILL');
      });
      const { lost, doubled } = await recoverAndProve(bed, person, child, [named('whole'), ...runs]);
      note(context, bed, { faults: effects, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    });

    test(`killed at ${kills} random instants, and every third time the far walk with it, it loses no job and doubles none`, {
      timeout: 600_000,
    }, async context => {
      const began = performance.now();
      const first = start(person, child, [named('timed')], 0, ['prepare']);
      while (!first.marks().includes('intent') && first.isRunning()) await pause(2);
      const intent = performance.now() - began;
      const { code, out } = await first.ended;
      expect(code, out).toBe(0);
      const whole = performance.now() - began;
      const dice = diceFrom(20261126);
      let inside = 0;
      const runs = Array.from({ length: kills }, (_, i) => named(`random-${i + 1}`));
      await inPairs(runs, async run => {
        const isWalkKilled = Number(run.split('-').at(-1)) % 3 === 0;
        const martlet = start(person, child, [run], 0, ['prepare']);
        // Half are aimed at the time when jobs are being sent; the rest fall anywhere.
        const isAimed = dice() < 0.5;
        while (isAimed && !martlet.marks().includes('intent') && walkersOf(run).length === 0) {
          if (martlet.marks().includes('told') || !martlet.isRunning()) break;
          await pause(1);
        }
        await pause(dice() * (isAimed ? (whole - intent) * 0.6 : whole * 1.1));
        martlet.kill();
        if (isWalkKilled) for (const pid of walkersOf(run)) killed(pid);
        await martlet.ended;
        if (martlet.marks().includes('intent') && !martlet.marks().includes('answered')) inside += 1;
      });
      const { lost, doubled } = await recoverAndProve(bed, person, child, [named('timed'), ...runs], ONE_JOB);
      process.stdout.write(`${id}: ${inside} of ${kills} kills fell between the first intent and the last answer\n`);
      note(context, bed, { faults: kills, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
      expect(inside).toBeGreaterThan(kills / 5);
    });
  });
};
