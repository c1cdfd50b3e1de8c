import { expect, test } from 'vitest';
import { pathWord } from '../../src/shell/path.ts';
import { blockText, env, exportText, lineText, lit, quote, type Word, word, wordText } from '../../src/shell/word.ts';
import { run } from '../helpers/bash.ts';
import { dice, NASTY, randomText } from '../helpers/dice.ts';

/** What a program gets for these words, from real bash. */
const through = (words: readonly Word[], environment: Record<string, string> = {}): string[] => {
  const said = run(['bash', '-s'], {
    input: `printf '%s\\0' ${lineText(words)}\n`,
    env: { PATH: process.env.PATH, ...environment },
  });
  expect([said.code, said.stderr]).toEqual([0, '']);
  return said.stdout.split('\0').slice(0, words.length);
};

test('22 nasty texts come back from bash as they were', () => {
  expect(NASTY).toHaveLength(22);
  expect(through(NASTY.map(lit))).toEqual(NASTY);
});

test('all 484 pairs of them come back, as one literal and as two parts of a word', () => {
  const pairs = NASTY.flatMap(a => NASTY.map(b => [a, b] as const));
  expect(pairs).toHaveLength(484);
  expect(through(pairs.map(([a, b]) => lit(a + b)))).toEqual(pairs.map(([a, b]) => a + b));
  expect(through(pairs.map(([a, b]) => word`${a}${b}`))).toEqual(pairs.map(([a, b]) => a + b));
});

test('2000 random texts come back', () => {
  const next = dice(20261123);
  const texts = Array.from({ length: 2000 }, () => randomText(next));
  expect(through(texts.map(lit))).toEqual(texts);
});

test('only what is a variable expands, also between nasty literals', () => {
  const values = { RANK: 'a b$(id)' };
  expect(through([word`--rank=${env('RANK')}'$RANK`, word`$RANK`], values)).toEqual(["--rank=a b$(id)'$RANK", '$RANK']);
});

test('a variable that is not set is an empty word and not none', () => {
  expect(through([[env('NOT_SET_AT_ALL')], lit('next')])).toEqual(['', 'next']);
});

test('a word that is there only with its variable is one word, whatever is in it, or none at all', () => {
  const words = [...NASTY.map(flag => [{ when: 'FIRST', flag }]), lit('last')];
  expect(through(words, { FIRST: 'yes' })).toEqual([...NASTY, 'last']);
  // Behind the last NUL is nothing.
  expect(through(words, { FIRST: '' })).toEqual(['last', '']);
  expect(through(words)).toEqual(['last', '']);
  expect(() => wordText([{ when: 'A;id', flag: '--x' }])).toThrow(RangeError);
});

test('words that bash reads in its own way in front of a command are quoted', () => {
  expect([quote('A=b'), quote('~/x'), quote('--a=b'), quote('')]).toEqual(["'A=b'", "'~/x'", '--a=b', "''"]);
  expect(wordText([])).toBe("''");
});

test('exports carry any value under a name, and refuse what is no name', () => {
  const script = NASTY.map((text, i) => exportText(`V${i}`, lit(text))).join('\n');
  const said = run(['bash', '-s'], { input: `${script}\nenv -0\n`, env: { PATH: process.env.PATH } });
  const seen = Object.fromEntries(
    said.stdout.split('\0').map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  expect(NASTY.map((_, i) => seen[`V${i}`])).toEqual(NASTY);
  expect(() => exportText('A B', lit('x'))).toThrow(RangeError);
  expect(() => wordText([env('A;id')])).toThrow(RangeError);
});

test('a NUL cannot travel and is refused', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
});

test('one word a line is still one command', () => {
  const said = run(['bash', '-s'], { input: `printf '%s|' ${blockText(NASTY.map(lit))}\n` });
  expect(said.stdout).toBe(NASTY.map(text => `${text}|`).join(''));
});

test('a path of a profile expands its variables and the home folder, and nothing else', () => {
  const values = { HOME: '/home/a b', PBS_LOCALDIR: '/local/1 2' };
  const paths = [
    '~/.hf',
    '$PBS_LOCALDIR/x y',
    '/a/$PBS_LOCALDIR',
    '~user/x',
    '/a/~/b',
    '/costs $5',
    '/$(id)/`id`',
    '~',
  ];
  expect(through(paths.map(pathWord), values)).toEqual([
    '/home/a b/.hf',
    '/local/1 2/x y',
    '/a//local/1 2',
    '~user/x',
    '/a/~/b',
    '/costs $5',
    '/$(id)/`id`',
    '/home/a b',
  ]);
});
