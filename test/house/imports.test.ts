import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { brokenWalls, sourcesBelow } from './walls.ts';

const SRC = join(import.meta.dirname, '../../src');

test('no file of src/ imports or says what its folder may not', () => {
  const sources = sourcesBelow(SRC);
  expect(sources.length).toBeGreaterThan(40);
  expect(sources.flatMap(({ file, text }) => brokenWalls(file, text))).toEqual([]);
});

const tree = mkdtempSync(join(tmpdir(), 'martlet-walls-'));
afterAll(() => rmSync(tree, { recursive: true }));

const BROKEN: readonly (readonly [string, string, string])[] = [
  ['a dialect that reads the disk', 'schedulers/slurm.ts', "import { readFileSync } from 'node:fs';\n"],
  ['an engine that opens the store', 'engines/verl.ts', "import { openShelf } from '../store/shelf.ts';\n"],
  [
    'an engine in a folder of its own that opens the store',
    'engines/a/b.ts',
    "import { openShelf } from '../../store/shelf.ts';\n",
  ],
  [
    'an engine that takes more than types from the recipe',
    'engines/nemo.ts',
    "import { readRecipe } from '../recipe/read.ts';\n",
  ],
  ['an import over several lines', 'plan/a.ts', "import {\n  a,\n  b,\n} from '../flows/apply.ts';\n"],
  [
    'a mixed import of a value and a type',
    'launchers/a.ts',
    "import { type Boxed, box } from '../runtimes/runtime.ts';\n",
  ],
  [
    'an import that is hidden in a call',
    'views/a.ts',
    "export const f = async () => (await import('../store/shelf.ts')).x;\n",
  ],
  ['an export that passes on', 'model/a.ts', "export * from '../shell/word.ts';\n"],
  ['a plan that knows the time', 'plan/b.ts', 'export const now = () => Date.now();\n'],
  ['a view that reads the environment', 'views/b.ts', "export const c = () => process.env.NO_COLOR === '';\n"],
  ['a state that throws dice', 'state/a.ts', 'export const d = () => Math.random();\n'],
  ['a flow that prints', 'flows/a.ts', "import { planText } from '../views/plan.ts';\n"],
  ['a remote that knows yaml', 'remote/a.ts', "import { parse } from 'yaml';\n"],
  [
    'a command that opens the store by itself',
    'cli/commands/a.ts',
    "import { openShelf } from '../../store/shelf.ts';\n",
  ],
  ['a trainer that leans on martlet', 'rehearsal/a.ts', "import { CODES } from '../model/codes.ts';\n"],
  ['a library nobody agreed to', 'cli/b.ts', "import chalk from 'chalk';\n"],
  ['a folder nobody agreed to', 'utils/a.ts', 'export {};\n'],
];

test.each(BROKEN)('the table is broken by %s', (_, file, text) => {
  const path = join(tree, 'bad', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const found = sourcesBelow(join(tree, 'bad')).find(each => each.file === file);
  expect(brokenWalls(file, found?.text ?? '')).toHaveLength(1);
});

const WHOLE: readonly (readonly [string, string, string])[] = [
  [
    'types across a wall',
    'launchers/a.ts',
    "import type { Boxed } from '../runtimes/runtime.ts';\nimport { type Box } from '../runtimes/runtime.ts';\n",
  ],
  ['hashing in the pure half', 'model/a.ts', "import { createHash } from 'node:crypto';\n"],
  [
    'a comment about the clock',
    'plan/a.ts',
    '// never Date.now() here\n/**\n * process.env is for cli/\n */\nexport {};\n',
  ],
  ['a date made from an argument', 'views/a.ts', 'export const at = (text: string) => new Date(text);\n'],
];

test.each(WHOLE)('the table allows %s', (_, file, text) => {
  expect(brokenWalls(file, text)).toEqual([]);
});
