import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/model/version.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Made or installed, not written. */
const NOT_OURS = new Set(['.git', 'node_modules', 'dist']);

/** Every file without git, for a copy that has none: more than git knows, never less. */
const walked = (folder = ''): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(each => !NOT_OURS.has(each.name))
    .flatMap(each => {
      const path = join(folder, each.name);
      return each.isDirectory() ? walked(path) : each.isFile() ? [path] : [];
    });

/** Files that git knows or would take up. */
const files = (): string[] => {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // A copy inside somebody else's repository: git knows none of it.
    const known = listed.split('\0').filter(Boolean);
    return known.length > 0 ? known : walked();
  } catch {
    return walked();
  }
};

/** undefined: git still lists a file that was just removed. */
const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(join(ROOT, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const namesIn = (file: string, text: string): string[] =>
  PRIVATE.filter(path => text.includes(path)).map(path => `${file}: ${path}`);

/** Paths of one machine, written in pieces so that this file does not hold them itself. */
const PRIVATE = [
  `/${'work'}/`,
  `/${'farm'}/`,
  `/${'root'}/`,
  `/home/${'runner'}`,
  `../${'shared'}`,
  `/tmp/${'contract'}`,
];

/** Files of every kind that must be among those looked at. */
const SURE = ['README.md', 'src/cli/main.ts', 'templates/job/90-main.sh', 'clusters/abci3.yaml', 'bin/martlet'];

test('no file names a path of the machine it was written on', () => {
  const read = files().flatMap(file => {
    const text = textOf(file);
    return text === undefined ? [] : [{ file, text }];
  });
  expect(read.map(each => each.file)).toEqual(expect.arrayContaining(SURE));
  expect(read.length).toBeGreaterThan(300);
  expect(read.flatMap(({ file, text }) => namesIn(file, text))).toEqual([]);
});

test('without git the same files are looked at', () => {
  expect(walked()).toEqual(expect.arrayContaining(files().filter(file => textOf(file) !== undefined)));
});

test.each(PRIVATE)('%s in a text would be found', path => {
  expect(namesIn('a.md', `see ${path}x`)).toEqual([`a.md: ${path}`]);
});

test('the version in the code is the version of the package', () => {
  expect(VERSION).toBe(packageJson.version);
});
