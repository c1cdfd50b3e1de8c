import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';

const filesBelow = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter(each => each.isFile())
        .map(each => relative(dir, join(each.parentPath, each.name)))
        .sort()
    : [];

/** Only one of the two has it, or the texts differ: the first differing line, so that a person sees what it is about. */
const difference = (name: string, was: string | undefined, is: string | undefined): string[] => {
  if (was === is) return [];
  if (was === undefined) return [`${name}: new`];
  if (is === undefined) return [`${name}: gone`];
  const [old, now] = [was.split('\n'), is.split('\n')];
  const line = now.findIndex((text, i) => text !== old[i]);
  const at = line < 0 ? now.length : line;
  return [`${name}:${at + 1}`, `  - ${old[at] ?? '(end)'}`, `  + ${now[at] ?? '(end)'}`];
};

/** Whole files against recorded ones. A wanted change is accepted by running once with MARTLET_ACCEPT=1 and reading `git diff`. */
export const expectGolden = (dir: string, files: Readonly<Record<string, string>>): void => {
  if (process.env.MARTLET_ACCEPT === '1') {
    rmSync(dir, { recursive: true, force: true });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    return;
  }
  const names = [...new Set([...filesBelow(dir), ...Object.keys(files)])].sort();
  const changes = names.flatMap(name => {
    const path = join(dir, name);
    return difference(name, existsSync(path) ? readFileSync(path, 'utf8') : undefined, files[name]);
  });
  if (changes.length === 0) return;
  expect.fail(
    [
      'differs from the recorded files:',
      ...changes,
      '',
      `when this is wanted: MARTLET_ACCEPT=1 npx vitest run test/render, then read the diff of ${dir}`,
    ].join('\n'),
  );
};
