import { expect, test } from 'vitest';
import { curve } from '../../src/views/curve.ts';
import { displayWidth, PLAIN } from '../../src/views/look.ts';

const falling = Array.from({ length: 100 }, (_, i) => ({ step: i + 1, loss: 5 - i / 25 }));

test('a falling loss starts at the top left and ends at the bottom right', () => {
  const lines = curve(falling, [], PLAIN, 8).split('\n');
  const firstDot = (line: string | undefined): number => (line ?? '').search(/[\u2801-\u28ff]/);
  expect(lines[0]).toMatch(/^ 5\.000 ┤/);
  expect(lines[7]).toMatch(/^ 1\.040 ┤/);
  for (let row = 1; row < 8; row += 1) expect(firstDot(lines[row])).toBeGreaterThan(firstDot(lines[row - 1]));
  expect(lines[9]).toMatch(/step 1 +100$/);
});

test('a cut is marked under the step where training went on', () => {
  const [axis = ''] = curve(falling, [50], PLAIN).split('\n').slice(8);
  const at = axis.indexOf('^') - axis.indexOf('└') - 1;
  expect(at / (axis.length - axis.indexOf('└') - 1)).toBeCloseTo(0.5, 1);
});

test('it fits the terminal it is drawn on', () => {
  for (const width of [40, 60, 80]) {
    for (const line of curve(falling, [], { width, color: false }).split('\n').slice(0, 10))
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  }
});

test('losses that are no numbers are counted, and the others are drawn', () => {
  const text = curve(
    [...falling, { step: 101, loss: Number.NaN }, { step: 102, loss: Number.POSITIVE_INFINITY }],
    [],
    PLAIN,
  );
  expect(text).toContain('2 steps logged a loss that is no finite number.');
  expect(text).not.toContain('NaN');
});

test('a flat loss (lr: 0) is a flat line in the middle', () => {
  const rows = curve(
    falling.map(each => ({ ...each, loss: 3 })),
    [],
    PLAIN,
    8,
  )
    .split('\n')
    .slice(0, 8);
  expect(rows.filter(row => /[\u2801-\u28ff]/.test(row))).toHaveLength(1);
});

test('ten thousand points are no trouble', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({ step: i, loss: Math.sin(i) }));
  expect(curve(many, [], PLAIN).split('\n')).toHaveLength(10);
});

test.each([
  [[], 'no loss has been logged yet'],
  [[{ step: 1, loss: 2 }], 'one point so far'],
])('with %j it says so instead of drawing', (points, said) => {
  expect(curve(points, [], PLAIN)).toContain(said);
});
