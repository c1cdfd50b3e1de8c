import { expect, test } from 'vitest';
import {
  cut,
  cutStart,
  displayWidth,
  PLAIN,
  padEnd,
  printable,
  printableLines,
  tint,
  wrap,
} from '../../src/views/look.ts';

test.each([
  ['a colour code', 'red \x1b[31mhere', 'red \\u001b[31mhere'],
  ['a cursor jump of C1', 'a\u009b2Jb', 'a\\u009b2Jb'],
  ['a bell and a backspace', 'a\x07\x08b', 'a\\u0007\\u0008b'],
  ['text that runs backwards', 'a\u202eb', 'a\\u202eb'],
  ['a carriage return that would overwrite the line', 'good\rbad', 'good bad'],
  ['several lines', 'one\n  two', 'one two'],
])('%s in a title cannot touch the terminal', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('what another program said keeps its lines', () => {
  expect(printableLines('a\r\nb\tc\x1b')).toBe('a\nb  c\\u001b');
});

test.each([
  ['swallow', 7],
  ['日本語', 6],
  ['ﾊﾝｶｸ', 4],
  ['e\u0301', 1],
  ['\x1b[1mbold\x1b[22m', 4],
])('%s takes %i columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test('Japanese text is cut by columns, not by characters', () => {
  expect(cut('日本語モデル', 7)).toBe('日本語…');
  expect(displayWidth(cut('日本語モデル', 6))).toBeLessThanOrEqual(6);
});

test('a place keeps its line and column when it is cut', () => {
  expect(cutStart('recipes/a-very-long-name.yaml:73:38', 14)).toBe('…me.yaml:73:38');
});

test('padding counts columns', () => {
  expect(padEnd('日本', 6)).toBe('日本  ');
});

test('without colour a tint changes nothing', () => {
  expect(tint(PLAIN, 'red', 'x')).toBe('x');
  expect(tint({ ...PLAIN, color: true }, 'red', 'x')).toBe('\x1b[31mx\x1b[39m');
});

test('a long sentence is wrapped between words, and a word too long for a line stays whole', () => {
  const text = wrap(`one two ${'x'.repeat(50)} three`, { width: 40, color: false }, '  ');
  expect(text.split('\n')).toEqual(['one two', `  ${'x'.repeat(50)}`, '  three']);
});
