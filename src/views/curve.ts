import { type Look, padStart, tint } from './look.ts';

export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** Dots of a braille cell, by column and row (Unicode block U+2800). */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

const range = (values: readonly number[]): { low: number; high: number } => {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high > low ? { low, high } : { low: low - 0.5, high: high + 0.5 };
};

/** Each point, and those on the straight line to the next one, so that few points still make a line. */
const joined = (dots: readonly (readonly [number, number])[]): (readonly [number, number])[] =>
  dots.flatMap((from, i) => {
    const to = dots[i + 1] ?? from;
    const count = Math.max(1, Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
    return Array.from({ length: count }, (_, k): readonly [number, number] => [
      Math.round(from[0] + ((to[0] - from[0]) * k) / count),
      Math.round(from[1] + ((to[1] - from[1]) * k) / count),
    ]);
  });

/** Every row's dots as one array of bytes. */
const dotted = (points: readonly Point[], columns: number, rows: number): number[][] => {
  const cells = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  const x = range(points.map(each => each.step));
  const y = range(points.map(each => each.loss));
  const dots = points.map(({ step, loss }): readonly [number, number] => [
    Math.round(((step - x.low) / (x.high - x.low)) * (columns * 2 - 1)),
    Math.round(((y.high - loss) / (y.high - y.low)) * (rows * 4 - 1)),
  ]);
  for (const [dotX, dotY] of joined(dots)) {
    const row = cells[Math.floor(dotY / 4)] as number[];
    const at = Math.floor(dotX / 2);
    row[at] = (row[at] ?? 0) | (DOTS[dotX % 2 === 0 ? 0 : 1][dotY % 4] ?? 0);
  }
  return cells;
};

/**
 * A curve in braille dots with its axes; `marks` are steps shown as ^ under the axis (cuts). Points that are no finite number
 * are left out and counted. Height in lines.
 */
export const curve = (all: readonly Point[], marks: readonly number[], look: Look, height = 8): string => {
  const points = all.filter(each => Number.isFinite(each.loss));
  if (points.length < 2) return points.length === 0 ? '  (no loss has been logged yet)' : '  (one point so far)';
  const y = range(points.map(each => each.loss));
  const x = range(points.map(each => each.step));
  const labels = [y.high.toPrecision(4), y.low.toPrecision(4)];
  const margin = Math.max(...labels.map(label => label.length)) + 3;
  const columns = Math.max(20, Math.min(look.width - margin - 2, 72));
  const lines = dotted(points, columns, height).map((row, i) => {
    const label = i === 0 ? labels[0] : i === height - 1 ? labels[1] : '';
    const drawn = row.map(byte => (byte === 0 ? ' ' : String.fromCharCode(0x2800 + byte))).join('');
    return `${padStart(label ?? '', margin - 2)} ┤${tint(look, 'blue', drawn.trimEnd())}`;
  });
  return [...lines, ...axis(x, marks, margin, columns), ...unfit(all.length - points.length)].join('\n');
};

const axis = (
  x: { low: number; high: number },
  marks: readonly number[],
  margin: number,
  columns: number,
): string[] => {
  const ruler = new Array<string>(columns).fill('─');
  for (const step of marks) {
    const at = Math.round(((step - x.low) / (x.high - x.low)) * (columns - 1));
    if (at >= 0 && at < columns) ruler[at] = '^';
  }
  const [first, last] = [`step ${Math.ceil(x.low)}`, String(Math.floor(x.high))];
  const blank = ' '.repeat(margin - 1);
  const note = marks.length > 0 ? [`${blank} ^ the job was cut here and went on`] : [];
  return [`${blank}└${ruler.join('')}`, `${blank} ${first}${padStart(last, columns - first.length)}`, ...note];
};

const unfit = (count: number): string[] =>
  count > 0 ? [`  ${count} steps logged a loss that is no finite number.`] : [];
