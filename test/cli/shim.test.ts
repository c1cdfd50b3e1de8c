import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { VERSION } from '../../src/model/version.ts';
import { MARTLET, ROOT, runProgram } from './martlet.ts';

const folder = mkdtempSync(join(tmpdir(), 'martlet-shim-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder of programs with a `node` that says it has this version. */
const pathWithNode = (name: string, version: string | undefined): string => {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const program of ['sh', 'find', 'readlink', 'dirname']) {
    const real = ['/usr/bin', '/bin'].map(each => join(each, program)).find(existsSync);
    if (real) symlinkSync(real, join(bin, program));
  }
  if (version !== undefined) {
    writeFileSync(
      join(bin, 'node'),
      `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit 0\necho started an old Node >&2\nexit 99\n`,
    );
    chmodSync(join(bin, 'node'), 0o755);
  }
  return bin;
};

/** A clone as git leaves it: no node_modules, no dist. */
const bareClone = (name: string): string => {
  const clone = join(folder, name);
  mkdirSync(join(clone, 'bin'), { recursive: true });
  cpSync(MARTLET, join(clone, 'bin', 'martlet'));
  cpSync(join(ROOT, 'package.json'), join(clone, 'package.json'));
  cpSync(join(ROOT, 'package-lock.json'), join(clone, 'package-lock.json'));
  mkdirSync(join(clone, 'src'));
  return clone;
};

test.each([
  ['v20.20.2', 'v20.20.2'],
  [undefined, 'none'],
  ['something else', 'something else'],
])('with node %s and nothing installed it says what to do, and does not start that Node', async (version, shown) => {
  const clone = bareClone(`clone-${shown}`);
  const PATH = pathWithNode(`path-${shown}`, version);
  const { code, stderr } = await runProgram(join(clone, 'bin', 'martlet'), ['--version'], { env: { PATH } });
  expect(code).toBe(3);
  expect(stderr).toContain(`martlet needs Node 24 or newer; on this PATH: ${shown}.`);
  expect(stderr).toContain(`run "npm ci" in ${clone}`);
});

test('with a fitting Node but no libraries it names npm ci', async () => {
  const clone = bareClone('clone-bare');
  const { code, stderr } = await runProgram(join(clone, 'bin', 'martlet'), ['recipes'], {
    env: { PATH: pathWithNode('path-24', 'v24.0.0') },
  });
  expect(code).toBe(3);
  expect(stderr).toContain('npm ci');
});

test('an installed package runs the bundle it came with, also where its sources look newer', async () => {
  const installed = bareClone('package');
  rmSync(join(installed, 'package-lock.json'));
  mkdirSync(join(installed, 'dist'));
  writeFileSync(join(installed, 'dist', 'martlet.cjs'), "console.log('the bundle', ...process.argv.slice(2));\n");
  utimesSync(join(installed, 'dist', 'martlet.cjs'), 1, 1);
  const { stdout, stderr } = await runProgram(join(installed, 'bin', 'martlet'), ['recipes'], {
    env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'the bundle recipes\n', stderr: '' });
});

test('it works through a chain of symbolic links, absolute and relative, from another folder', async () => {
  symlinkSync(MARTLET, join(folder, 'first'));
  symlinkSync('first', join(folder, 'martlet'));
  expect(await runProgram(join(folder, 'martlet'), ['--version'], { cwd: '/' })).toEqual({
    code: 0,
    stdout: `${VERSION}\n`,
    stderr: '',
  });
});

test('the entry started by an old Node says a sentence and no syntax error', async () => {
  const old = ['/usr/bin/node', '/usr/local/bin/node'].find(existsSync);
  const version = old ? (await runProgram(old, ['--version'])).stdout.trim() : '';
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 24);
  if (!old || major >= 24) return;
  const { code, stderr } = await runProgram(old, [join(ROOT, 'dist', 'martlet.cjs'), 'recipes']);
  expect(code).toBe(3);
  expect(stderr).toContain(`martlet needs Node 24 or newer; this is Node ${version.slice(1)}.`);
});

test('the shim is plain POSIX sh: dash and bash --posix read it the same', async () => {
  for (const shell of [
    ['dash', '-n'],
    ['bash', '--posix', '-n'],
  ]) {
    const [program = '', ...args] = shell;
    const { code, stderr } = await runProgram(program, [...args, MARTLET]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  expect(readFileSync(MARTLET, 'utf8')).not.toMatch(/\[\[|\blocal\b|\bfunction\b|\$'/);
});
