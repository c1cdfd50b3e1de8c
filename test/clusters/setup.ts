import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { script, shims, TESTBED_DIR } from '../testbed/faults.ts';
import type { BedFacts, BedId } from './bed.ts';

/** Each scheduler: the part of the testbed it is, its name for a person, and how it tells its version. */
const SCHEDULERS: readonly {
  id: BedId;
  part: string;
  title: string;
  version: readonly string[];
  needsDebian: boolean;
}[] = [
  { id: 'slurm', part: 'slurm', title: 'Slurm', version: ['sbatch', '--version'], needsDebian: true },
  { id: 'gridengine', part: 'ge', title: 'Grid Engine', version: ['qstat', '-help'], needsDebian: true },
  { id: 'pbspro', part: 'pbs', title: 'PBS', version: ['qstat', '--version'], needsDebian: false },
];

const isRoot = process.getuid?.() === 0;
const isDebian = existsSync('/etc/debian_version');

/** Why a part cannot be had here; undefined: it can. */
const obstacle = (needsDebian: boolean): string | undefined => {
  if (!isRoot) return 'it is started by root, whose jobs are another user’s';
  return needsDebian && !isDebian ? 'it is installed from Debian' : undefined;
};

const said = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** `export A=1 B=2` and `export PATH=...:$PATH` of the scripts, as a value. */
const readExports = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/([A-Z_][A-Z0-9_]*)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));

const versionOf = (words: readonly string[], env: Record<string, string>): string => {
  const PATH = env.PATH?.replace('$PATH', process.env.PATH ?? '') ?? process.env.PATH;
  const [program = '', ...rest] = words;
  const text = execFileSync(program, rest, { env: { ...process.env, ...env, PATH }, encoding: 'utf8' });
  return /[0-9]+(\.[0-9]+)+/.exec(text.split('\n')[0] ?? '')?.[0] ?? 'unknown';
};

/** A real PBS, where one is installed, is asked instead of the simulated one. */
const realPbs = (): string | undefined => {
  for (const bin of ['/opt/pbs/bin', '/usr/bin', '/usr/local/bin'])
    try {
      const text = execFileSync(join(bin, 'qsub'), ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (/pbs/i.test(text)) return /[0-9]+(\.[0-9]+)+/.exec(text)?.[0];
    } catch {
      // No qsub there, or another scheduler's.
    }
  return undefined;
};

const factsOf = async ({ id, part, version }: (typeof SCHEDULERS)[number]): Promise<BedFacts> => {
  const real = id === 'pbspro' ? realPbs() : undefined;
  const env = readExports(await script(part, 'env'));
  const { PATH: _, ...rest } = env;
  return {
    id,
    env: rest,
    kind: id === 'pbspro' && real === undefined ? 'simulated' : 'real',
    version: real ?? versionOf(version, env),
  };
};

/** Somebody may have started some by hand, to look at them between two runs: those stay. */
const notUp = async (parts: readonly string[]): Promise<string[]> => {
  const up = await Promise.all(parts.map(async part => / up pid /.test(await script(part, 'status'))));
  return parts.filter((_, i) => !up[i]);
};

/** Where the jobs of this run lie, as the user's own. */
const makeFolder = (user: string): string => {
  const [, , uid, gid, , home = ''] = execFileSync('getent', ['passwd', user], { encoding: 'utf8' }).trim().split(':');
  const folder = mkdtempSync(join(home, 'beds-'));
  chownSync(folder, Number(uid), Number(gid));
  return folder;
};

/** Starts what can be started here, once for all files, and stops it at the end. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const here = SCHEDULERS.filter(each => obstacle(each.needsDebian) === undefined);
  for (const { title, needsDebian } of SCHEDULERS)
    if (obstacle(needsDebian) !== undefined) said(`${title}: left out, because ${obstacle(needsDebian)}`);
  const parts = [
    ...here.map(each => each.part),
    ...(here.length > 0 ? ['shims'] : []),
    ...(isRoot && isDebian ? ['sshd'] : []),
  ];
  const ours = await notUp(parts);
  if (parts.length > 0) {
    const began = Date.now();
    try {
      await script('testbed', 'start', ...parts);
    } catch (error) {
      await script('testbed', 'stop', ...ours).catch(() => undefined);
      throw error;
    }
    said(`started ${parts.join(', ')} in ${((Date.now() - began) / 1000).toFixed(1)} s, in ${TESTBED_DIR}`);
  }
  if (parts.includes('shims')) {
    // A run that was killed leaves its faults behind.
    await script('shims', 'clear');
    // All files of a run read one list, each its own scheduler's lines of it.
    await shims.record();
  }
  const user = process.env.MARTLET_TESTBED_USER ?? 'mtuser';
  const folder = here.length > 0 ? makeFolder(user) : '';
  project.provide('user', user);
  project.provide('bedsFolder', folder);
  project.provide('beds', await Promise.all(here.map(factsOf)));
  return async () => {
    if (folder !== '' && !process.env.MARTLET_TESTBED_KEEP) rmSync(folder, { recursive: true, force: true });
    if (ours.length > 0) await script('testbed', 'stop', ...ours);
  };
};
