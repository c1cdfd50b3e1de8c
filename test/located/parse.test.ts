import { expect, test } from 'vitest';
import { decodeText, LARGEST_TEXT_BYTES } from '../../src/located/decode.ts';
import type { Located } from '../../src/located/located.ts';
import { parseLocated, parseValue } from '../../src/located/parse.ts';
import type { Path } from '../../src/located/path.ts';

const read = (text: string): Located => {
  const { value, diagnostics } = parseLocated('x.yaml', text);
  expect(diagnostics).toEqual([]);
  return value as Located;
};
const at = (located: Located, path: Path, which?: 'key' | 'value') => {
  const { line, column, length } = located.place(path, which) ?? { line: 0, column: 0, length: 0 };
  return `${line}:${column}+${length}`;
};

test('values are plain: 1e-5 is a number, "1e-5" a text, no a text, 12:30 a text', () => {
  const { value } = read('a: 1e-5\nb: "1e-5"\nc: no\nd: 12:30\ne: 2025-06-25\nf: true\ng: ~\nh: 0\ni: -0.5\n');
  expect(value).toEqual({ a: 1e-5, b: '1e-5', c: 'no', d: '12:30', e: '2025-06-25', f: true, g: null, h: 0, i: -0.5 });
});

test('a key and its value have their own places, one-based', () => {
  const located = read('stages:\n  cpt:\n    optimizer: {lr: 2.5e-5, betas: [0.9, 0.95]}\n');
  const lr = ['stages', 'cpt', 'optimizer', 'lr'];
  expect(at(located, lr)).toBe('3:21+6');
  expect(at(located, lr, 'key')).toBe('3:17+2');
  expect(at(located, ['stages', 'cpt', 'optimizer', 'betas', 1])).toBe('3:42+4');
  expect(located.source(lr)).toBe('2.5e-5');
  expect(located.place(lr)?.text).toBe('    optimizer: {lr: 2.5e-5, betas: [0.9, 0.95]}');
});

test('a missing key is reported at the deepest part of its path that exists', () => {
  const located = read('a:\n  b: {c: 1}\n');
  expect(at(located, ['a', 'b', 'x', 'y'])).toBe('2:3+1');
  expect(at(located, ['nothing'])).toBe('1:1+1');
});

test('a byte order mark moves no column', () => {
  expect(at(read('\uFEFFa: 1\n'), ['a'])).toBe('1:4+1');
});

test('Windows line endings move no line and no column', () => {
  const located = read('a: 1\r\nb:\r\n  c: two\r\n');
  expect(located.value).toEqual({ a: 1, b: { c: 'two' } });
  expect(at(located, ['b', 'c'])).toBe('3:6+3');
  expect(located.place(['b', 'c'])?.text).toBe('  c: two');
});

test('an alias stands where it is written, its parts where the anchor is', () => {
  const located = read('a: &x {lr: 1}\nb: *x\n');
  expect(located.value).toEqual({ a: { lr: 1 }, b: { lr: 1 } });
  expect(at(located, ['b', 'lr'])).toBe('1:12+1');
});

test('an anchor given twice means the later one from there on', () => {
  expect(read('a: &x 1\nb: *x\nc: &x 2\nd: *x\n').value).toEqual({ a: 1, b: 1, c: 2, d: 2 });
});

test('a comma inside braces loses no word, whatever follows it', () => {
  const { value } = parseLocated('x.yaml', 'a: {note: one, two, 000 three, x: 1, y2: b,\n  c}\n');
  expect((value as Located).value).toEqual({ a: { note: 'one, two, 000 three', x: 1, y2: 'b, c' } });
});

test('a comma in a list separates, and a comma after a quoted text is a mistake', () => {
  expect(read('a: [one, two]\n').value).toEqual({ a: ['one', 'two'] });
  const { value } = parseLocated('x.yaml', "a: {note: 'one', two}\n");
  expect((value as Located).value).toEqual({ a: { note: 'one', two: null } });
});

test('findings about single values leave a value, so that more can be found', () => {
  const { value, diagnostics } = parseLocated('x.yaml', 'a: 0644\nb: {no: 1}\nc: 1\nc: 2\n');
  expect(diagnostics.map(each => each.code)).toEqual(['MRT-Y009', 'MRT-Y008', 'MRT-Y003']);
  expect((value as Located).value).toEqual({ a: 644, b: { no: 1 }, c: 1 });
});

test('text with emoji, Japanese and quotes comes through whole', () => {
  const text = 'スワロー "🐦" it\'s \\n';
  expect(read(`a: ${JSON.stringify(text)}\n`).value).toEqual({ a: text });
});

test('a value of --set is any YAML value', () => {
  const values = ['1.0e-8', "'1'", '[0.9, 0.95]', '{tokens: 10B}', 'auto'].map(
    text => parseValue('--set', text).value?.value,
  );
  expect(values).toEqual([1e-8, '1', [0.9, 0.95], { tokens: '10B' }, 'auto']);
});

test('a text of exactly the largest size is read, one byte more is not', () => {
  const text = `a: ${'x'.repeat(LARGEST_TEXT_BYTES - 4)}\n`;
  const bytes = new TextEncoder().encode(text);
  expect(decodeText('x.yaml', bytes).value).toBe(text);
  expect(decodeText('x.yaml', new Uint8Array([...bytes, 10])).diagnostics.map(each => each.code)).toEqual(['MRT-Y015']);
});

/** Texts that once cost more than their length, by what they repeat. */
const HEAVY: readonly (readonly [string, string])[] = [
  ['open brackets', `a: ${'['.repeat(100_000)}`],
  ['colons', `a: ${'x: '.repeat(50_000)}`],
  ['bare keys', `a: {note: x${', y'.repeat(50_000)}}`],
  ['aliases', `a: &a 1\nb: [${'*a, '.repeat(20_000)}]`],
  ['dashes', `${'- '.repeat(20_000)}a`],
  ['one long line', `a: "${'x'.repeat(500_000)}`],
  ['quotes', `a: ${'"'.repeat(50_001)}`],
];

test.each(HEAVY)('half a megabyte of %s ends in findings or a value, not in a crash', (_, text) => {
  const { value, diagnostics } = parseLocated('x.yaml', text);
  expect(value !== undefined || diagnostics.length > 0).toBe(true);
  expect(diagnostics.length).toBeLessThan(200);
});
