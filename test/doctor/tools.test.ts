import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEEDED, USEFUL } from '../../src/doctor/tools.ts';
import { run } from '../helpers/bash.ts';
import { templatesFolder } from '../helpers/templates.ts';

const scripts = ['job', 'walk', 'look', 'embedded'].flatMap(folder =>
  readdirSync(join(templatesFolder, folder))
    .filter(name => name.endsWith('.sh'))
    .map(name => readFileSync(join(templatesFolder, folder, name), 'utf8').replace(/^\s*#.*$/gm, '')),
);

/** Words where a command may stand: at the begin of a line, behind a pipe, a bracket or a word of the shell. */
const COMMAND =
  /(?:^|[|;&({!]|\$\(|<\(|\b(?:if|while|until|then|else|elif|do|exec|env|command -v)\b)\s*(?:[A-Za-z_]\w*=\S*\s+)*([a-z][\w.+-]*)/gm;

/** Not called: a word of awk, a name of ours, one of a pattern or an arithmetic; programs of a recipe; launchers, which software.ts looks for. */
const OTHERS = new Set([
  'split',
  'size',
  'file',
  'activate',
  'nproc',
  'timeout',
  'python',
  'python3',
  'node',
  'bash',
  'srun',
  'mpirun',
]);

const called = (): readonly string[] => {
  const words = new Set(scripts.flatMap(text => [...text.matchAll(COMMAND)].map(([, word = '']) => word)));
  const kinds = run(['bash', '-c', 'for word; do echo "$word $(type -t -- "$word")"; done', 'kinds', ...words]).stdout;
  return [...kinds.matchAll(/^(\S+) file$/gm)].map(([, word = '']) => word).filter(word => !OTHERS.has(word));
};

test('every program that our scripts call is looked for by the doctor', () => {
  const found = called();
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter(word => !NEEDED.includes(word) && !(word in USEFUL))).toEqual([]);
});

test('every program that the doctor looks for is called by some script', () => {
  const all = scripts.join('\n');
  const isCalled = (word: string): boolean => new RegExp(`(^|[^\\w-])${word}([^\\w-]|$)`, 'm').test(all);
  expect([...NEEDED, ...Object.keys(USEFUL)].filter(word => !isCalled(word))).toEqual([]);
});
