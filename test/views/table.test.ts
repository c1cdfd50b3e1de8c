import { expect, test } from 'vitest';
import { displayWidth, PLAIN } from '../../src/views/look.ts';
import { table } from '../../src/views/table.ts';

const COLUMNS = [{ title: 'NAME', flexible: 'end' }, { title: 'N', align: 'right' }, { title: 'EMPTY' }] as const;

test('numbers go right, no line has blanks at its end, and a column nobody fills is left out', () => {
  const text = table(
    COLUMNS,
    [
      ['a', '1', ''],
      ['日本語', '100', ''],
    ],
    PLAIN,
  );
  expect(text.split('\n')).toEqual(['NAME      N', 'a         1', '日本語  100']);
});

test('colours in a cell do not move the columns', () => {
  const text = table(
    [{ title: 'A' }, { title: 'B' }],
    [
      ['\x1b[31mred\x1b[39m', 'x'],
      ['green', 'x'],
    ],
    PLAIN,
  );
  expect(text.split('\n').map(line => displayWidth(line))).toEqual([8, 8, 8]);
});

test('a narrow terminal cuts the flexible column and nothing else', () => {
  const text = table(COLUMNS, [['a-long-name-of-a-dataset', '12345', '']], { width: 24, color: false });
  expect(text.split('\n').map(line => displayWidth(line))).toEqual([24, 24]);
  expect(text).toContain('12345');
  expect(text).toContain('…');
});

test('a pipe has no width: nothing is cut', () => {
  expect(table(COLUMNS, [['x'.repeat(300), '1', '']], PLAIN)).toContain('x'.repeat(300));
});
