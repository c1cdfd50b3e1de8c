// How long `martlet submit` of seven jobs over SSH to a real Slurm takes, as a multiple of seven `ssh host sbatch`.
//   node bench/submit.ts [ROUNDS]         as root on Debian; exit code 1 when over the limit
// Whole processes, each with a connection of its own, interleaved; medians are compared.
import { join } from 'node:path';
import { measure, median, ROOT, say, startBed, withoutConnection } from './bed.ts';

const LIMIT = 0.4;
const rounds = Number(process.argv[2] ?? 7);
const bed = startBed();
try {
  const ours: number[] = [];
  const theirs: number[] = [];
  // One round to build the bundle and warm the disk.
  for (let round = -1; round < rounds; round += 1) {
    const words = [join(ROOT, 'bin/martlet'), 'submit', join(ROOT, 'bench/seven.yaml'), '--cluster', 'bed', '--yes'];
    const run = ['--run', `bench-${process.pid}-${round + 2}`, '--json'];
    const sent = await measure([...words, ...run], withoutConnection(bed));
    const jobs = (JSON.parse(sent.stdout) as { submitted: unknown[] }).submitted.length;
    if (jobs !== 7) throw new Error(`${jobs} jobs were submitted, not 7:\n${sent.stdout}`);
    let seven = 0;
    for (let i = 0; i < 7; i += 1)
      seven += (await measure([...bed.ssh, 'sbatch --parsable --hold -J bench --wrap true'], bed.env)).ms;
    if (round < 0) continue;
    ours.push(sent.ms);
    theirs.push(seven);
  }
  const ratio = median(ours) / median(theirs);
  console.log(
    `martlet submit, 7 jobs: ${median(ours).toFixed(0)} ms; seven ssh host sbatch: ${median(theirs).toFixed(0)} ms`,
  );
  if (!say('submit of 7 jobs / seven ssh host sbatch', `${ratio.toFixed(2)}x`, ratio <= LIMIT, `${LIMIT}x`))
    process.exitCode = 1;
} finally {
  bed.stop();
}
