import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Ended, ROOT, waitFor } from '../../helpers/sandbox.ts';
import { ssh } from '../../testbed/faults.ts';
import type { Bed, BedId } from '../bed.ts';
import { engineFiles } from './engine.ts';
import { allComplete } from './proof.ts';

export const RECIPE = join(ROOT, 'test/clusters/martlet/recipe.yaml');

/** What differs between the beds' profiles: the rest is the same file. */
const OWN: Readonly<Record<BedId, readonly string[]>> = {
  slurm: [
    'scheduler: slurm',
    'dialect_options: {accounting: true, poll_min: 1s}',
    'launcher: srun',
    'accounting: {required: false, by: directive}',
    'resource_types: {small: {partition: gpu, gpus: 8, gpu: h100-80gb, cpus: 1, nodes: 1-4, walltime: 1h}}',
  ],
  gridengine: [
    'scheduler: gridengine',
    'dialect_options: {poll_min: 1s}',
    'launcher: local',
    'accounting: {required: false, by: submit, option: -g}',
    'resource_types: {small: {request: node_o, gpus: 8, gpu: h100-80gb, cpus: 1, nodes: 1-3, walltime: 1h}}',
  ],
  pbspro: [
    'scheduler: pbspro',
    'launcher: local',
    'accounting: {required: false, by: directive}',
    'resource_types: {small: {queue: rt_HC, gpus: 8, gpu: h100-80gb, cpus: 1, nodes: 1-4, walltime: 1h}}',
  ],
};

const keyOf = (line: string): string => line.slice(0, line.indexOf(':'));

/** `more` replaces a line of the same key. */
const profileText = (bed: Bed, host: string, more: readonly string[]): string => {
  const { home } = bed;
  const bin = bed.options.bin === undefined ? [] : [`dialect_options: {bin: ${bed.options.bin}, poll_min: 1s}`];
  const places = ['datasets', 'images', 'software', 'cache'].map(each => `${each}: ${home}/${each}`);
  const usual = [
    'martlet: 1',
    'name: bed',
    `title: A ${bed.id} of the tests`,
    ...OWN[bed.id],
    ...bin,
    'runtime: none',
    `login: ${host}`,
    'network: {interface: lo, address: interface}',
    `paths: {runs: ${home}/runs, models: ${home}/engine/models, scratch: /tmp, ${places.join(', ')}}`,
    `environments: {megatron-lm: {activate: ${home}/engine/activate, code: ${home}/engine}}`,
  ];
  const given = new Set(more.map(keyOf));
  return [...usual.filter(line => !given.has(keyOf(line))), ...more, ''].join('\n');
};

/** Somebody with a home of their own, a profile of the bed as cluster `bed`, and ssh to its login node. */
export interface Person {
  readonly bed: Bed;
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  /** bin/martlet, as it would be typed. */
  martlet(...words: readonly string[]): Promise<Ended>;
  /** Another profile: another way to the login node, more lines. */
  writeProfile(host: string, ...more: readonly string[]): void;
  remove(): void;
}

export const HOST = 'mt-login';

export const newPerson = async (bed: Bed, host = HOST, ...more: readonly string[]): Promise<Person> => {
  const dir = mkdtempSync(join(tmpdir(), 'martlet-person-'));
  const env = {
    PATH: process.env.PATH,
    HOME: join(dir, 'home'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    XDG_STATE_HOME: join(dir, 'state'),
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_RUNTIME_DIR: join(dir, 'run'),
    MARTLET_SSH_CONFIG: ssh.config,
  };
  for (const each of [env.HOME, env.XDG_RUNTIME_DIR]) mkdirSync(each, { recursive: true, mode: 0o700 });
  mkdirSync(join(dir, 'config/martlet/clusters'), { recursive: true });
  await bed.remote.putNew(`${bed.home}/engine`, engineFiles(bed.home));
  const writeProfile: Person['writeProfile'] = (to, ...lines) =>
    writeFileSync(join(dir, 'config/martlet/clusters/bed.yaml'), profileText(bed, to, lines));
  writeProfile(host, ...more);
  return {
    bed,
    dir,
    env,
    martlet: (...words) => waitFor([join(ROOT, 'bin/martlet'), ...words], env),
    writeProfile,
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
};

/** `martlet submit` of the recipe under a run id of its own. */
export const submitWords = (run: string, ...more: readonly string[]): string[] => [
  ...['submit', RECIPE, '--cluster', 'bed', '--run', run, '--yes'],
  ...more,
];

/** A person whose first run is over: its data is there before others look at it, because runs share the folder of datasets. */
export const personWithData = async (bed: Bed, run: string): Promise<Person> => {
  const person = await newPerson(bed, HOST);
  const first = await person.martlet(...submitWords(run));
  expect(first.code, first.stdout + first.stderr).toBe(0);
  await allComplete(bed, [run]);
  return person;
};
