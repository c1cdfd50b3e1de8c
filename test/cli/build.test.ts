import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERSION } from '../../src/model/version.ts';
import { type Ended, ROOT, runProgram } from './martlet.ts';

const clone = mkdtempSync(join(tmpdir(), 'martlet-build-'));
afterAll(() => rmSync(clone, { recursive: true }));

const build = (): Promise<Ended> => runProgram(process.execPath, [join(clone, 'bin', 'build.mjs')]);
const started = (...args: readonly string[]): Promise<Ended> => runProgram(join(clone, 'bin', 'martlet'), args);
const program = join(clone, 'dist', 'program.cjs');

beforeAll(() => {
  for (const each of ['bin', 'src', 'clusters', 'recipes', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, each), join(clone, each), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
});

test('three builds at once leave one whole bundle and nothing beside it', async () => {
  const ended = await Promise.all([build(), build(), build()]);
  expect(ended.map(each => each.code)).toEqual([0, 0, 0]);
  expect(await started('--version')).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  expect((await started('recipes')).code).toBe(0);
  expect(readdirSync(join(clone, 'dist')).filter(name => /tmp|warm/.test(name))).toEqual([]);
}, 60_000);

test('a source that is newer but the same is not built again, and is looked at once', async () => {
  const before = statSync(program).mtimeMs;
  const entry = join(clone, 'dist', 'martlet.cjs');
  const later = new Date(Date.now() + 2000);
  utimesSync(join(clone, 'src', 'cli', 'main.ts'), later, later);
  expect((await started('recipes')).code).toBe(0);
  const stamped = statSync(entry).ctimeMs;
  expect((await started('recipes')).code).toBe(0);
  expect(statSync(entry).ctimeMs).toBe(stamped);
  expect(statSync(program).mtimeMs).toBe(before);
}, 60_000);

test('a changed source is in the next start', async () => {
  const path = join(clone, 'src', 'model', 'version.ts');
  writeFileSync(path, readFileSync(path, 'utf8').replace(VERSION, '9.9.9'));
  const later = new Date(Date.now() + 4000);
  utimesSync(path, later, later);
  expect((await started('--version')).stdout).toBe('9.9.9\n');
}, 60_000);

test('where dist/ cannot be written the sources run as they are', async () => {
  rmSync(join(clone, 'dist'), { recursive: true });
  writeFileSync(join(clone, 'dist'), 'in the way');
  const { code, stdout, stderr } = await started('recipes');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('llama-3.1-swallow-8b-v0.5');
}, 60_000);
