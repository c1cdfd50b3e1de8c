import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Words and variables that reached the programs a job starts. */
export interface Arrived {
  readonly words: readonly string[];
  readonly values: readonly string[];
}

/** Stands in for every program: its words and its environment, each ended by a NUL. */
const RECORDER = `#!/bin/bash
printf '%s\\0' "$@" >"$RECORDS/argv.$BASHPID"
env -0 >"$RECORDS/env.$BASHPID"
`;
const PROGRAMS = ['torchrun', 'singularity', 'mpirun', 'input'];
/** In the place of preprocess_data.py it makes a pair of one document of one token, too, because that is looked at. */
const PYTHON = `${RECORDER}
for word in "$@"; do case $word in --output-prefix=*) made=\${word#*=}_text_document ;; esac; done
if [ -z "\${made:-}" ]; then exit; fi
{
  printf 'MMIDIDX\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\4\\1\\0\\0\\0\\0\\0\\0\\0\\2\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0'
  head -c 16 /dev/zero
  printf '\\1\\0\\0\\0\\0\\0\\0\\0'
} >"$made.idx"
head -c 4 /dev/zero >"$made.bin"
`;
const GPUS = `#!/bin/bash\nif [ "$1" = -L ]; then for i in 0 1 2 3 4 5 6 7; do echo "GPU $i: pretend"; done; fi\n`;
/** Names the job's own side would have set. */
const JOB = `export MARTLET_ATTEMPT=1 MARTLET_BOOT=1 MARTLET_LAUNCH=1 MARTLET_JOB_ID=7 MASTER_ADDR=127.0.0.1 MASTER_PORT=29500
export MARTLET_MINUTES_LEFT=60\n`;

const program = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
};

const read = (folder: string, kind: string): string[] =>
  readdirSync(folder)
    .filter(name => name.startsWith(kind))
    .flatMap(name => readFileSync(join(folder, name), 'utf8').split('\0').slice(0, -1));

/** What job.sh says of itself, without the program below it: its launch and its inputs, called as the program would. */
const callsOf = (jobScript: string): string =>
  `${jobScript.slice(0, jobScript.indexOf('# ---- templates/'))}\nstart() { "$@"; }\nlaunch\ninputs input\n`;

/** Processes that the launcher has to start for node.sh to go on. */
const processesOf = (nodeScript: string): number => {
  const exported = (name: string): number => Number(new RegExp(`^export ${name}=(\\d+)$`, 'm').exec(nodeScript)?.[1]);
  return exported('MARTLET_NODES') * exported('MARTLET_RANKS_PER_NODE');
};

/** Runs the generated part of job.sh, node.sh and an engine's own script for real, with recorders on the PATH. */
export const arrivals = (top: string, jobDir: string, env: Readonly<Record<string, string>>): Arrived => {
  const [bin, records] = [join(top, 'stubs'), join(top, 'records')];
  mkdirSync(records, { recursive: true });
  for (const name of PROGRAMS) program(join(bin, name), RECORDER);
  program(join(bin, 'python'), PYTHON);
  program(join(bin, 'nvidia-smi'), GPUS);
  writeFileSync(join(top, 'boot'), JOB);
  writeFileSync(join(top, 'calls.sh'), callsOf(readFileSync(join(jobDir, 'job.sh'), 'utf8')));
  const environment = {
    ...env,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: top,
    RECORDS: records,
    MARTLET_ATTEMPT_DIR: top,
    MARTLET_HOSTFILE: join(top, 'hosts'),
    MARTLET_ENV: join(top, 'boot'),
    OMPI_COMM_WORLD_RANK: '0',
    OMPI_COMM_WORLD_LOCAL_RANK: '0',
    OMPI_COMM_WORLD_SIZE: String(processesOf(readFileSync(join(jobDir, 'node.sh'), 'utf8'))),
  };
  const scripts = [[join(top, 'calls.sh')], [join(jobDir, 'node.sh'), join(top, 'boot')]];
  const own = join(jobDir, 'prepare.sh');
  if (existsSync(own)) scripts.push([own]);
  for (const words of scripts) {
    const done = spawnSync('bash', words, { env: environment, cwd: top, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${words[0]} ended with ${done.status}: ${done.stderr}`);
  }
  return {
    words: read(records, 'argv'),
    values: read(records, 'env').map(entry => entry.slice(entry.indexOf('=') + 1)),
  };
};
