// How long one status round takes with 10,000 tracked jobs on a real Slurm, as a multiple of one raw squeue over ssh; how often
// the scheduler is asked in it, by the log of a shim before its commands; and how much memory it needs.
//   node bench/status.ts [JOBS] [ROUNDS]     as root on Debian; a minute or two to submit the jobs; exit code 1 when over a limit
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Tracked } from '../src/plan/tracked.ts';
import { openShelf } from '../src/store/shelf.ts';
import { shims } from '../test/testbed/faults.ts';
import { type Bed, measure, median, ROOT, say, startBed, withoutConnection } from './bed.ts';

const [jobs = 10_000, rounds = 5] = process.argv.slice(2).map(Number);
const RUNS = 20;
const LIMITS = { ratio: 1.5, questions: 1, MiB: 150 };

/** Held, so that none of them starts. Two submitters, as the machine has two cores. */
const SUBMIT = `submit() { for ((i = 0; i < $1; i++)); do sbatch --parsable --hold -o /dev/null -J bench --wrap true; done; }
submit $(($1 / 2)) >a.ids & submit $(($1 - $1 / 2)) >b.ids; wait; cat a.ids b.ids`;

const submitAll = (bed: Bed): string[] => {
  const [program = '', ...words] = bed.ssh;
  const out = spawnSync(program, [...words, `cd /tmp && mkdir -p bench-$$ && cd bench-$$ && bash -s ${jobs}`], {
    input: SUBMIT,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const ids = out.stdout.split('\n').filter(Boolean);
  if (ids.length !== jobs) throw new Error(`${ids.length} of ${jobs} were taken:\n${out.stderr}`);
  return ids;
};

const tracked = (run: string, count: number): Tracked => {
  const job = (segment: number) => ({
    key: { run, stage: 'cpt', segment },
    id: `${run}/cpt/${segment}`,
    ...{ engine: 'megatron-lm', kind: 'cpt', spare: false, needs: [] },
  });
  const named = { name: 'bench', title: 'Bench', digest: '' };
  const stage = { name: 'cpt', kind: 'cpt', status: 'planned', nodes: 1, gpusPerNode: 8 } as const;
  const cluster = { ...named, name: 'bed', profile: 'bed', scheduler: 'slurm', launcher: 'srun', runtime: 'none' };
  const asked = { loginShell: false, group: false, options: { accounting: true } };
  return {
    digest: '',
    plan: {
      run,
      runDir: `/home/mtuser/bench/runs/${run}`,
      recipe: { ...named, file: 'bench', path: 'bench' },
      cluster: { ...cluster, ...asked },
      basis: run,
      stages: [stage],
      jobs: Array.from({ length: count }, (_, i) => job(i + 1)),
    },
  };
};

/** What a submit would have left: runs whose jobs were all accepted. */
const trackAll = (bed: Bed, ids: readonly string[]): void => {
  const shelf = openShelf(join(bed.dir, 'state/martlet/runs'));
  const size = Math.ceil(ids.length / RUNS);
  for (let r = 0; r < RUNS; r += 1) {
    const own = ids.slice(r * size, (r + 1) * size);
    const head = tracked(`bench-${r}`, own.length);
    shelf.writePlan(head.plan.run, JSON.stringify(head));
    shelf.writeHead(head.plan.run, JSON.stringify(head));
    const store = shelf.open(head.plan.run);
    const at = new Date().toISOString();
    store.atOnce(() => {
      for (const [i, { id }] of head.plan.jobs.entries()) {
        store.append(id, 'intended:1', at, {
          kind: 'submit-intended',
          attempt: 1,
          name: `mt-${id.replaceAll('/', '-')}-1`,
        });
        store.append(id, 'accepted:1', at, { kind: 'submit-accepted', attempt: 1, nativeId: own[i] ?? '' });
      }
    });
    store.close();
  }
};

const bed = startBed('MaxJobCount=50000');
try {
  console.log(`submitting ${jobs} held jobs`);
  const ids = submitAll(bed);
  trackAll(bed, ids);
  const status = [join(ROOT, 'bin/martlet'), 'status', '--all', '--json'];
  const raw = [...bed.ssh, "squeue -h -r -t all -o '%i|%T|%r'"];
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  let peakMiB = 0;
  // The first round notes what the queue says of each job; the others find nothing new.
  for (let round = -1; round < rounds; round += 1) {
    const ours = await measure(status, withoutConnection(bed));
    const theirs = await measure(raw, bed.env);
    peakMiB = Math.max(peakMiB, ours.peakMiB);
    if (round < 0) continue;
    times.ours.push(ours.ms);
    times.theirs.push(theirs.ms);
  }
  await shims.record();
  const answer = await measure(status, withoutConnection(bed));
  await shims.stopRecording();
  const asked = (await shims.asked()).map(each => each.program);
  const known = (JSON.parse(answer.stdout) as { runs: { state: string; jobs: { all: number } }[] }).runs;
  const waiting = known.filter(each => each.state === 'waiting').reduce((sum, each) => sum + each.jobs.all, 0);
  if (waiting !== jobs) throw new Error(`status knows ${waiting} of ${jobs} jobs to wait`);
  const ratio = median(times.ours) / median(times.theirs);
  console.log(
    `one round of ${jobs} jobs: ${median(times.ours).toFixed(0)} ms; ssh host squeue: ${median(times.theirs).toFixed(0)} ms`,
  );
  const good = [
    say('status round / one ssh host squeue', `${ratio.toFixed(2)}x`, ratio <= LIMITS.ratio, `${LIMITS.ratio}x`),
    say(
      'questions to the scheduler in a round',
      String(asked.length),
      asked.length <= LIMITS.questions,
      `${LIMITS.questions}`,
    ),
    say('memory, MiB', peakMiB.toFixed(0), peakMiB < LIMITS.MiB, `${LIMITS.MiB}`),
  ];
  if (good.includes(false)) process.exitCode = 1;
} finally {
  // Ten thousand jobs in its state would slow down whoever starts it next.
  execFileSync('bash', [join(ROOT, 'test/testbed/testbed.sh'), 'wipe', 'slurm'], { stdio: 'ignore' });
  bed.stop();
}
