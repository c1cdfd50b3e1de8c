import { cut, cutStart, displayWidth, type Look, padEnd, padStart, tint } from './look.ts';

/** One column: numbers go right; a `flexible` one is cut, at that end, when the terminal is too narrow. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly flexible?: 'start' | 'end';
}

const GAP = 2;

const widths = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Look,
  indent: number,
): number[] => {
  const natural = columns.map((column, i) =>
    Math.max(displayWidth(column.title), ...rows.map(row => displayWidth(row[i] ?? ''))),
  );
  const over = indent + natural.reduce((a, b) => a + b, 0) + GAP * (columns.length - 1) - look.width;
  const flexible = columns.flatMap((column, i) => (column.flexible ? [i] : []));
  if (over <= 0 || flexible.length === 0) return natural;
  // Each flexible column gives in proportion to its width, and keeps ten columns.
  const room = flexible.reduce((sum, i) => sum + (natural[i] ?? 0), 0);
  return natural.map((width, i) =>
    flexible.includes(i) ? Math.max(Math.min(width, 10), width - Math.ceil((over * width) / room)) : width,
  );
};

const fitted = (cell: string, flexible: Column['flexible'], width: number): string => {
  if (flexible === undefined) return cell;
  return flexible === 'start' ? cutStart(cell, width) : cut(cell, width);
};

/** Rows under bold titles, two blanks between columns, no lines drawn: easy to read, easy to `awk`. Columns nobody fills are left out. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: Look,
  indent = 0,
): string => {
  const used = columns.flatMap((_, i) => (rows.some(row => (row[i] ?? '') !== '') ? [i] : []));
  const kept = used.map(i => columns[i] as Column);
  const cells = rows.map(row => used.map(i => row[i] ?? ''));
  const wide = widths(kept, cells, look, indent);
  const line = (row: readonly string[]): string =>
    `${' '.repeat(indent)}${row
      .map((cell, i) => {
        const shown = fitted(cell, kept[i]?.flexible, wide[i] ?? 0);
        return kept[i]?.align === 'right' ? padStart(shown, wide[i] ?? 0) : padEnd(shown, wide[i] ?? 0);
      })
      .join(' '.repeat(GAP))}`.trimEnd();
  const head = line(kept.map(column => column.title));
  return [...(head.trim() === '' ? [] : [tint(look, 'bold', head)]), ...cells.map(line)].join('\n');
};
