import { expect, test } from 'vitest';
import { CODES } from '../../src/model/codes.ts';
import { CLUSTER_ROWS } from '../cluster/rows.ts';
import { page } from '../helpers/findings.ts';
import { LOCATED_ROWS } from '../located/rows.ts';
import { RECIPE_ROWS } from './rows.ts';
import { findingsIn, SMALL } from './small.ts';

test('the recipe that the rows change has no findings', () => {
  expect(findingsIn(SMALL)).toEqual([]);
});

test.each(RECIPE_ROWS)('$sentence ($code)', ({ code, found }) => {
  expect(found().map(each => each.code)).toContain(code);
});

test('what a person reads about a wrong recipe is this page, word for word', async () => {
  await expect(page(RECIPE_ROWS)).toMatchFileSnapshot('./findings.txt');
});

test('every code about texts, recipes and clusters has a row that brings it, and says more in docs/errors.md', () => {
  const ours = Object.keys(CODES).filter(code => /^MRT-[YRC]/.test(code));
  const shown = new Set([...LOCATED_ROWS, ...RECIPE_ROWS, ...CLUSTER_ROWS].map(({ code }) => code));
  expect(ours.filter(code => !shown.has(code))).toEqual([]);
  expect(ours.filter(code => !('more' in CODES[code as keyof typeof CODES]))).toEqual([]);
});
