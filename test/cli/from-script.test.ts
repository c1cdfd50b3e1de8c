import { chmodSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { noSandbox } from '../script/bwrap.ts';
import { type Ended, martlet } from './martlet.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'martlet-from-'));

const scriptOf = (text: string, name = 'run.sh'): string => {
  const path = join(folder(), name);
  writeFileSync(path, text);
  return path;
};

const run = (path: string, ...args: readonly string[]): Promise<Ended> =>
  martlet(['from-script', path, '-o', join(dirname(path), 'out'), ...args]);

/** A PATH with this machine's programs, and `bwrap` as the text says it, or without one. */
const pathWith = (bwrap: string | undefined): string => {
  const here = folder();
  for (const name of ['bash', 'sh', 'env', 'uname', 'dirname', 'readlink', 'cat', 'mkdir', 'rm', 'mv', 'sed', 'head'])
    symlinkSync(join('/usr/bin', name), join(here, name));
  symlinkSync(process.execPath, join(here, 'node'));
  if (bwrap !== undefined) {
    writeFileSync(join(here, 'bwrap'), bwrap);
    chmodSync(join(here, 'bwrap'), 0o755);
  }
  return here;
};

const TRAINS = '#!/bin/bash\npython train.py\n';

test('where bubblewrap is missing the script is not run, and the reason and the way to install it are said', async () => {
  const script = scriptOf(TRAINS);
  const out = await martlet(['from-script', script, '-o', dirname(script), '--yes'], { PATH: pathWith(undefined) });
  expect(out.code).toBe(3);
  expect(out.stderr).toContain('MRT-F001');
  expect(out.stderr).toContain('bwrap (bubblewrap) is not installed');
  expect(out.stderr).toContain('apt-get install bubblewrap');
  expect(out.stderr).toContain('the script was not run');
  expect(readdirSync(dirname(script))).toEqual(['run.sh']);
});

test('where namespaces are forbidden the sentence of bwrap is quoted, with the settings that decide it', async () => {
  const bwrap =
    '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit 0\necho "bwrap: No permissions to create a new namespace" >&2\nexit 1\n';
  const script = scriptOf(TRAINS);
  const out = await martlet(['from-script', script, '-o', dirname(script), '--yes'], { PATH: pathWith(bwrap) });
  expect(out.code).toBe(3);
  expect(out.stderr).toContain('MRT-F002');
  expect(out.stderr).toContain('bwrap: No permissions to create a new namespace');
  expect(out.stderr).toContain('user.max_user_namespaces');
  expect(readdirSync(dirname(script))).toEqual(['run.sh']);
});

test.each([
  ['#!/usr/bin/env python3\nprint(1)\n', 'python3'],
  ['#!/bin/tcsh\nset a = 1\n', 'tcsh'],
  ['', 'it is empty'],
  ['\u0000\u0001\u0002', 'it is no text'],
])('%j is no launch script', async (text, said) => {
  const out = await run(scriptOf(text), '--yes');
  expect(out.code).toBe(1);
  expect(out.stderr).toContain('MRT-F003');
  expect(out.stderr).toContain(said);
});

test('a script that is not there, and a file for it that is not there, are said before anything is run', async () => {
  const missing = await run(join(folder(), 'none.sh'), '--yes');
  expect([missing.code, missing.stderr.includes('there is no such file')]).toEqual([1, true]);
  const file = await run(scriptOf(TRAINS), '--yes', '--with', '/no/such/file');
  expect([file.code, file.stderr.includes('/no/such/file')]).toEqual([1, true]);
});

test.each([
  [['--env', '1X=2'], 'NAME=VALUE'],
  [['--workdir', 'relative'], 'whole path'],
  [['--seconds', '0'], 'whole number above zero'],
])('%j is wrong usage', async (words, said) => {
  const out = await run(scriptOf(TRAINS), ...words);
  expect(out.code).toBe(2);
  expect(out.stderr).toContain(said);
});

test('the help says what is run and where, and has an example', async () => {
  const out = await martlet(['from-script', '--help']);
  expect(out.code).toBe(0);
  expect(out.stdout).toContain('bubblewrap');
  expect(out.stdout).toContain('no network');
  expect(out.stdout).toContain('$ martlet from-script train.sh');
});

const left = noSandbox === undefined ? '' : ` (left out: ${noSandbox})`;

test.skipIf(noSandbox !== undefined)(`without a terminal and without --yes nothing is run${left}`, async () => {
  const script = scriptOf(TRAINS);
  const out = await run(script);
  expect(out.code).toBe(2);
  expect(out.stderr).toContain('add --yes');
  expect(readdirSync(dirname(script))).toEqual(['run.sh']);
});

test.skipIf(noSandbox !== undefined)(
  `a script that starts nothing is an error with what it printed last${left}`,
  async () => {
    const text = '#!/bin/bash\necho preparing\n: "${CONFIG:?give CONFIG}"\npython train.py\n';
    const out = await run(scriptOf(text), '--yes');
    expect(out.code).toBe(1);
    expect(out.stderr).toContain('error[MRT-F005]: the script started no training program');
    expect(out.stderr).toContain('give CONFIG');
    expect(out.stderr).toContain('--env NAME=VALUE');
    const json = JSON.parse((await run(scriptOf(text), '--yes', '--json')).stdout);
    expect([json.ok, json.diagnostics[0].code]).toEqual([false, 'MRT-F005']);
    expect((await run(scriptOf(text), '--yes', '--env', 'CONFIG=x')).code).toBe(0);
  },
);

test.skipIf(noSandbox !== undefined)(
  `the report shows what is placed, what is not and why, each with its line${left}`,
  async () => {
    const script = scriptOf(
      '#!/bin/bash\n#SBATCH -N 2\n#SBATCH --licenses=abc\nmodule load cuda/12\ncurl -O http://x/y\ntorchrun --nproc_per_node=8 train.py --lr 1\n',
    );
    const out = await run(script, '--yes');
    expect(out.code, out.stderr).toBe(0);
    const line = (text: string): string => out.stdout.split('\n').find(each => each.startsWith(text)) ?? '';
    expect(line('-N 2')).toMatch(/resources\.gpus +.*run\.sh:2$/);
    expect(line('module load cuda/12')).toMatch(/overlay environments\.modules +.*run\.sh:4$/);
    expect(line('--licenses=abc')).toMatch(/no word for this directive +.*run\.sh:3$/);
    expect(line('curl -O')).toMatch(/it was not run.*run\.sh:5$/);
    expect(out.stdout).toContain('next: martlet check');
    expect(out.stderr).toContain('run.sh:6:1: warning[MRT-F027]');
  },
);
