import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/model/version.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Files that git knows or would take up; none in a package, which has no .git. */
const files = (): string[] => {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return listed.split('\0').filter(Boolean);
  } catch {
    return [];
  }
};

/** Paths of one machine, written in pieces so that this file does not hold them itself. */
const PRIVATE = [
  `/${'work'}/`,
  `/${'farm'}/`,
  `/${'root'}/`,
  `/home/${'runner'}`,
  `../${'shared'}`,
  `/tmp/${'contract'}`,
];

test('no file names a path of the machine it was written on', () => {
  const found = files().flatMap(file => {
    let text: string;
    try {
      text = readFileSync(join(ROOT, file), 'utf8');
    } catch {
      return [];
    }
    return PRIVATE.filter(path => text.includes(path)).map(path => `${file}: ${path}`);
  });
  expect(found).toEqual([]);
});

test('the version in the code is the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
