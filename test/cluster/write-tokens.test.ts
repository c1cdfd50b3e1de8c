import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { withTokens } from '../../src/cluster/write-tokens.ts';

const of = (value: string): string => `a: 1  # one\ncopies:\n  dataset:x@t: ${value}\nz: 2  # two\n`;
const tokens = (text: string): unknown => parseDocument(text).toJS().copies['dataset:x@t'];

test.each([
  ['a path', '/d/x', '{files: [{prefix: /d/x, tokens: 12}]}', undefined],
  ['a path with a remark', '/d/x   # old disk', '{files: [{prefix: /d/x, tokens: 12}]}   # old disk', undefined],
  ['a path in quotes', "'/d/it''s, x'", "{files: [{prefix: '/d/it''s, x', tokens: 12}]}", undefined],
  ['a bare path with a comma', '/d/a,b', '{files: [{prefix: "/d/a,b", tokens: 12}]}', undefined],
  ['a path with braces', '/d/{a}', '{files: [{prefix: "/d/{a}", tokens: 12}]}', undefined],
  ['a map in braces', '{files: [{prefix: /d/x}]}', '{files: [{prefix: /d/x, tokens: 12}]}', 0],
  ['a number in braces', '{files: [{tokens: 3, prefix: /d/x}]}', '{files: [{tokens: 12, prefix: /d/x}]}', 0],
  ['a number with a unit', '{files: [{prefix: /d/x, tokens: 1.5B}]}', '{files: [{prefix: /d/x, tokens: 12}]}', 0],
  [
    'a block',
    '\n    files:\n      - prefix: /d/x # old\n        part: a',
    '\n    files:\n      - prefix: /d/x # old\n        tokens: 12\n        part: a',
    0,
  ],
  [
    'a block with a number',
    '\n    files:\n    - prefix: /d/x\n      tokens: 7   # hand',
    '\n    files:\n    - prefix: /d/x\n      tokens: 12   # hand',
    0,
  ],
])('%s gets its number, and every other byte stays', (_, before, after, index) => {
  const done = withTokens(of(before), [{ key: 'dataset:x@t', index, tokens: 12 }]);
  expect(done).toEqual({ text: of(after), changed: 1, unplaced: [] });
  expect(tokens(done.text)).toMatchObject({ files: [{ prefix: expect.stringMatching(/^\/d\//), tokens: 12 }] });
  const again = withTokens(done.text, [{ key: 'dataset:x@t', index: 0, tokens: 12 }]);
  expect(again).toEqual({ text: done.text, changed: 0, unplaced: [] });
});

test('the last line of a file without a line end is a place, too', () => {
  const text = 'copies:\n  dataset:x@t:\n    files:\n      - prefix: /d/x';
  expect(withTokens(text, [{ key: 'dataset:x@t', index: 0, tokens: 5 }]).text).toBe(`${text}\n        tokens: 5`);
});

test('lines that end as in Windows stay so', () => {
  const text = 'copies:\r\n  dataset:x@t:\r\n    files:\r\n      - prefix: /d/x\r\n        part: a\r\n';
  const done = withTokens(text, [{ key: 'dataset:x@t', index: 0, tokens: 5 }]);
  expect(done.text).toBe(text.replace('/d/x\r\n', '/d/x\r\n        tokens: 5\r\n'));
});

test('several numbers at once land where each belongs', () => {
  const text = of('{files: [{prefix: /d/1}, {prefix: /d/2, tokens: 1}, {prefix: /d/3}]}');
  const measured = [0, 1, 2].map(index => ({ key: 'dataset:x@t', index, tokens: 1000 + index }));
  expect(tokens(withTokens(text, measured).text)).toEqual({
    files: [1, 2, 3].map(i => ({ prefix: `/d/${i}`, tokens: 999 + i })),
  });
});

test('what stands behind an alias is left to a person, and said', () => {
  const text = 'x: &files [{prefix: /d/x}]\ncopies:\n  dataset:x@t: {files: *files}\n';
  const measured = [{ key: 'dataset:x@t', index: 0, tokens: 5 }];
  expect(withTokens(text, measured)).toEqual({ text, changed: 0, unplaced: measured });
  const other = [{ key: 'dataset:y@t', tokens: 5 }];
  expect(withTokens(text, other)).toEqual({ text, changed: 0, unplaced: other });
});
