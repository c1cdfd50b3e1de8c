import { expect, test } from 'vitest';
import { didYouMean, distance, nearest } from '../../src/located/suggest.ts';

test.each([
  ['lr', 'lr', 0],
  ['warmup_stps', 'warmup_steps', 1],
  ['rl', 'lr', 1],
  ['paralel', 'parallel', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('%s is %s after so many edits', (a, b, edits) => {
  expect(distance(a, b)).toBe(edits);
});

test('a word is near when it is equal but for case and dashes, or when few letters are wrong', () => {
  expect(nearest('PBS-Pro', ['slurm', 'pbspro'])).toBe('pbspro');
  expect(nearest('globalsequences', ['global_sequences'])).toBe('global_sequences');
  expect(nearest('cosinus', ['cosine', 'constant'])).toBe('cosine');
  expect(nearest('foo', ['bar', 'lr'])).toBeUndefined();
});

test('a word of a megabyte is nobody’s typing mistake', () => {
  expect(nearest('x'.repeat(1e6), ['x'.repeat(60)])).toBeUndefined();
});

test('where nothing is near the words are listed, unless they are too many', () => {
  expect(didYouMean('zzz', ['a', 'b'])).toBe('known here: a, b.');
  expect(didYouMean('zzz', [])).toBeUndefined();
  expect(
    didYouMean(
      'zzz',
      Array.from({ length: 50 }, (_, i) => `word-number-${i}`),
    ),
  ).toBeUndefined();
});
