import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openAssets } from '../../src/cli/assets.ts';
import { MARTLET, martlet, RECIPE, ROOT, runProgram } from './martlet.ts';

const assets = openAssets(ROOT);
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'martlet-assets-'));
});

test('a device is written into and stays a device, also when it is full', () => {
  const device = join(dir, 'full');
  const isMade = spawnSync('mknod', [device, 'c', '1', '7']).status === 0;
  const path = isMade ? device : '/dev/full';
  // Where nobody may make a device, the real one is safe from us too.
  expect(() => assets.write(path, 'text')).toThrow(/no space is left/);
  expect(lstatSync(path).isCharacterDevice()).toBe(true);
  expect(readdirSync(dir)).toEqual(isMade ? ['full'] : []);
});

test('a link stays a link, and the file behind it gets the text', () => {
  mkdirSync(join(dir, 'far'));
  symlinkSync('far/plan.json', join(dir, 'plan.json'));
  assets.write(join(dir, 'plan.json'), 'first');
  assets.write(join(dir, 'plan.json'), 'second');
  expect(readlinkSync(join(dir, 'plan.json'))).toBe('far/plan.json');
  expect(readFileSync(join(dir, 'far/plan.json'), 'utf8')).toBe('second');
  expect(readdirSync(join(dir, 'far'))).toEqual(['plan.json']);
});

test('links in a circle and directories are refused with a sentence', () => {
  symlinkSync('b', join(dir, 'a'));
  symlinkSync('a', join(dir, 'b'));
  expect(() => assets.write(join(dir, 'a'), '')).toThrow(/go in a circle/);
  expect(() => assets.write(dir, '')).toThrow(/it is a directory/);
  expect(existsSync(`${dir}.${process.pid}.tmp`)).toBe(false);
});

test('plan -o a named pipe goes into the pipe', async () => {
  const { stdout, code } = await runProgram('bash', [
    '-c',
    'mkfifo "$1/p"; cat "$1/p" >"$1/got" & "$0" plan "$2" --cluster local --rehearse -o "$1/p" >/dev/null; wait; [ -p "$1/p" ] && head -c 7 "$1/got"',
    MARTLET,
    dir,
    RECIPE,
  ]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\{"/);
});

test('plan -o /dev/stdout prints the plan file', async () => {
  const { stdout } = await runProgram('bash', [
    '-c',
    '"$0" plan "$1" --cluster local --rehearse -o /dev/stdout | grep -c "^{.plan"',
    MARTLET,
    RECIPE,
  ]);
  expect(stdout.trim()).toBe('1');
});

test('render into a file is refused in one sentence and leaves the file', async () => {
  writeFileSync(join(dir, 'my.yaml'), 'mine');
  const { code, stderr } = await martlet(['render', RECIPE, '--cluster', 'local', '-o', join(dir, 'my.yaml')]);
  expect(stderr).toContain('it is a file');
  expect(code).toBe(1);
  expect(readFileSync(join(dir, 'my.yaml'), 'utf8')).toBe('mine');
});

test('a named pipe is no recipe: check says so at once, but reads the pipe of <(...)', async () => {
  spawnSync('mkfifo', [join(dir, 'p')]);
  const named = await martlet(['check', join(dir, 'p')]);
  expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining('it is a pipe') });
  const shell = await runProgram('bash', ['-c', '"$0" check <(cat "$1")', MARTLET, RECIPE]);
  expect(shell).toMatchObject({ code: 0 });
});
