import { expect, test } from 'vitest';
import { evaluateList } from '../../../src/engines/megatron/python-list.ts';

test.each([
  ['[1]', [1]],
  ['[]', []],
  ['([0]*3+[1]*2)', [0, 0, 0, 1, 1]],
  ['2*([0]+[1])', [0, 1, 0, 1]],
  ['[1+2*3,4,]', [7, 4]],
])('%s is what Python makes of it', (text, value) => {
  expect(evaluateList(text)).toEqual(value);
});

test.each([
  '[01]',
  '[1',
  '[1]]',
  '[1]*[2]',
  '[1]+2',
  '1+2',
  '[1][0]',
  '()',
  '[1],',
  '',
  '[0]*999999999',
  `${'('.repeat(50_000)}[1]`,
])('%s is refused', text => {
  expect(evaluateList(text)).toBeUndefined();
});
