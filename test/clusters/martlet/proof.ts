import { expect } from 'vitest';
import { jobName } from '../../../src/model/job.ts';
import { type Bed, nthTry } from '../bed.ts';
import { type Accounted, accounted } from '../count.ts';

/** The jobs of one run of the recipe. */
export const JOBS: readonly { readonly stage: string; readonly segment: number }[] = [
  { stage: 'prepare', segment: 1 },
  { stage: 'cpt', segment: 1 },
  { stage: 'cpt', segment: 2 },
];

/** Accounting remembers the runs of earlier tests, which had the same names. */
const STAMP = Date.now().toString(36).slice(-5);
export const named = (what: string): string => `r${STAMP}${nthTry()}-${what}`;

export interface Proof {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

const nameOf = (run: string, job: (typeof JOBS)[number], attempt: number): string => jobName({ run, ...job }, attempt);

/** Starts that each attempt wrote into its own diary, by `RUN/STAGE-SEGMENT/ATTEMPT`. */
type Starts = ReadonlyMap<string, number>;

const startsOf = async (bed: Bed): Promise<Starts> => {
  const look = 'cd -- "$1" && grep -c \'"kind":"started"\' */*/A*/events.jsonl /dev/null';
  const out = await bed.remote.run(['bash', '-c', look, 'starts', `${bed.home}/runs`]);
  return new Map(
    out.stdout.split('\n').flatMap(line => {
      const [, at = '', count = ''] = /^(.+)\/events\.jsonl:(\d+)$/.exec(line) ?? [];
      return at === '' ? [] : [[at, Number(count)] as const];
    }),
  );
};

/** Every attempt of every job has an exit file; its words by `RUN/STAGE-SEGMENT/ATTEMPT`. */
export const exitsOf = async (bed: Bed): Promise<ReadonlyMap<string, string>> => {
  const look = 'cd -- "$1" && grep -H . */*/A*/exit /dev/null';
  const out = await bed.remote.run(['bash', '-c', look, 'exits', `${bed.home}/runs`]);
  return new Map(
    out.stdout.split('\n').flatMap(line => {
      const [, at = '', text = ''] = /^(.+)\/exit:(.*)$/.exec(line) ?? [];
      return at === '' ? [] : [[at, text] as const];
    }),
  );
};

const count = (
  runs: readonly string[],
  jobs: typeof JOBS,
  attempt: number,
  records: Accounted,
  starts: Starts,
): Proof => {
  const lost: string[] = [];
  const doubled: string[] = [];
  for (const run of runs)
    for (const job of jobs) {
      const name = nameOf(run, job, attempt);
      const asked = records.get(name)?.length ?? 0;
      const begun = starts.get(`${run}/${job.stage}-${job.segment}/A${attempt}`) ?? 0;
      if (asked < 1 || begun < 1) lost.push(`${name}: asked ${asked}, begun ${begun}`);
      if (asked > 1 || begun > 1) doubled.push(`${name}: asked ${asked}, begun ${begun}`);
    }
  return { lost, doubled };
};

/** Accounting lags behind the jobs' own files, by seconds where it is a database. */
const LAG_SECONDS = 30;

/**
 * Holds runs against "each job exactly once": by the scheduler's accounting, asked by name, and by the line that each job
 * writes itself when it starts. Martlet's own store has no part in it.
 */
export const prove = async (bed: Bed, runs: readonly string[], jobs = JOBS, attempt = 1): Promise<Proof> => {
  const deadline = Date.now() + LAG_SECONDS * 1000;
  for (;;) {
    const [records, starts] = await Promise.all([accounted(bed), startsOf(bed)]);
    const proof = count(runs, jobs, attempt, records, starts);
    if (proof.lost.length === 0 || Date.now() > deadline) return proof;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
};

/** Every file of a job that did not end, with its last lines: the folder goes with the test. */
const whatLies = async (bed: Bed, at: string): Promise<string> => {
  const look = 'cd -- "$1" && ls -la . .. && tail -n 5 -v -- $(find .. -maxdepth 2 -type f) </dev/null';
  const { stdout, stderr } = await bed.remote.run(['bash', '-c', look, 'lies', `${bed.home}/runs/${at}`]);
  return stdout + stderr;
};

/** Waits until all jobs of these runs have ended well. */
export const allComplete = async (bed: Bed, runs: readonly string[], jobs = JOBS, attempt = 1): Promise<void> => {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const exits = await exitsOf(bed);
    const open = runs.flatMap(run =>
      jobs.map(job => `${run}/${job.stage}-${job.segment}/A${attempt}`).filter(at => exits.get(at) !== '1 0 complete'),
    );
    if (open.length === 0) return;
    const bad = open.find(at => exits.get(at)?.includes('failed'));
    if (bad) expect.fail(`${bad} ended with "${exits.get(bad)}"`);
    const [first] = open;
    if (first && Date.now() > deadline)
      expect.fail(`not ended: ${open.slice(0, 10).join(', ')} of ${open.length}\n${await whatLies(bed, first)}`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
};
