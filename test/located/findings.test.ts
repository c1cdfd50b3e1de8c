import { expect, test } from 'vitest';
import { parseLocated } from '../../src/located/parse.ts';
import { page } from '../helpers/findings.ts';
import { BILLION_LAUGHS, LOCATED_ROWS } from './rows.ts';

test.each(LOCATED_ROWS)('$sentence ($code)', ({ code, found }) => {
  expect(found().map(each => each.code)).toContain(code);
});

test('what a person reads about a broken text is this page, word for word', async () => {
  await expect(page(LOCATED_ROWS)).toMatchFileSnapshot('./findings.txt');
});

test('a billion laughs stop after the values that are allowed, not after a billion', () => {
  const found = parseLocated('x.yaml', BILLION_LAUGHS);
  expect(found.value).toBeUndefined();
  expect(found.diagnostics).toHaveLength(1);
});
