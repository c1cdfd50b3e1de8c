import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = dirname(import.meta.dirname);
const TESTBED = join(ROOT, 'test/testbed/testbed.sh');
const PARTS = ['slurm', 'sshd', 'shims'];

/** A real Slurm behind a real sshd, and a person's home with a profile of it as cluster `bed`. Jobs are sent held: none runs. */
export interface Bed {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** `ssh -F CONFIG mt-login`, each time a connection of its own. */
  readonly ssh: readonly string[];
  stop(): void;
}

const profile = (home: string): string =>
  `martlet: 1
name: bed
title: A Slurm to measure with
scheduler: slurm
dialect_options: {accounting: true, poll_min: 1s}
launcher: srun
runtime: none
login: mt-login
accounting: {required: false, by: directive}
services: {batch: {default: true, submit_args: [--hold], price_factor: 1.0}}
network: {interface: lo, address: interface}
resource_types: {small: {partition: gpu, gpus: 8, gpu: h100-80gb, cpus: 1, nodes: 1-4, walltime: 1h}}
paths: {runs: ${home}/runs, datasets: ${home}/datasets, models: ${home}/models, images: ${home}/images, software: ${home}, cache: ${home}, scratch: /tmp}
environments: {megatron-lm: {code: ${home}}}
`;

/** `extra`: more lines of slurm.conf. */
export const startBed = (extra = ''): Bed => {
  const env = { ...process.env, MARTLET_SLURM_EXTRA: extra };
  execFileSync('bash', [TESTBED, 'start', ...PARTS], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const config = execFileSync('bash', [join(ROOT, 'test/testbed/sshd.sh'), 'config'], { encoding: 'utf8' }).trim();
  const dir = mkdtempSync(join(tmpdir(), 'martlet-bench-'));
  mkdirSync(join(dir, 'config/martlet/clusters'), { recursive: true });
  writeFileSync(join(dir, 'config/martlet/clusters/bed.yaml'), profile('/home/mtuser/bench'));
  return {
    dir,
    ssh: ['ssh', '-F', config, 'mt-login'],
    env: {
      PATH: process.env.PATH,
      HOME: dir,
      NO_COLOR: '1',
      XDG_STATE_HOME: join(dir, 'state'),
      XDG_CONFIG_HOME: join(dir, 'config'),
      MARTLET_SSH_CONFIG: config,
    },
    stop: () => {
      spawnSync('bash', [TESTBED, 'stop', ...PARTS], { env, stdio: 'ignore' });
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** Another folder for the socket: no connection of an earlier round is used. */
export const withoutConnection = (bed: Bed): NodeJS.ProcessEnv => ({
  ...bed.env,
  XDG_RUNTIME_DIR: mkdtempSync(join(bed.dir, 's')),
});

export interface Measured {
  readonly ms: number;
  readonly stdout: string;
  /** The most memory it had, MiB; sampled, so a little low. */
  readonly peakMiB: number;
}

const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

/** Runs a program to its end; one that fails ends the measurement with its words. */
export const measure = ([program = '', ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, words, { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr, peakMiB] = ['', '', 0];
    const sampler = setInterval(() => {
      peakMiB = Math.max(peakMiB, peakOf(child.pid ?? 0));
    }, 10);
    child.stdout.on('data', chunk => (stdout += chunk));
    child.stderr.on('data', chunk => (stderr += chunk));
    child.on('close', code => {
      clearInterval(sampler);
      const ms = performance.now() - began;
      if (code === 0) resolve({ ms, stdout, peakMiB });
      else reject(new Error(`${program} ${words.join(' ')} ended with ${code}:\n${stdout}${stderr}`));
    });
  });

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** One line of a result; answers whether it is within its limit. */
export const say = (name: string, value: string, isWithin: boolean, limit: string): boolean => {
  console.log(`${name.padEnd(52)} ${value.padStart(10)}  limit ${limit}  ${isWithin ? 'ok' : 'OVER'}`);
  return isWithin;
};
