/** A `|` table under its header; the last column may hold `|`, because reasons and comments are free text. */
interface Lines {
  readonly names: readonly string[];
  readonly lines: readonly string[];
}

export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Cells of a line, the last one with what is left; none where there are too few. */
export const cells = (line: string, count: number): string[][] => {
  const parts = line.split('|');
  if (parts.length < count) return [];
  return [parts.length === count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join('|')]];
};

/**
 * The lines under the header that begins with `first`; undefined without that header: then nobody has answered, whatever the
 * exit code. Lines before it are a login's noise.
 */
export const linesBelow = (text: string, first: string): Lines | undefined => {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex(line => line.startsWith(`${first}|`));
  return at < 0 ? undefined : { names: lines[at]?.split('|') ?? [], lines: lines.slice(at + 1) };
};

/** The same with cells; lines with fewer of them are complaints. */
export const readTable = (text: string, first: string): Table | undefined => {
  const found = linesBelow(text, first);
  return found && { names: found.names, rows: found.lines.flatMap(line => cells(line, found.names.length)) };
};

/** The cell of a row under `name`; empty where the table has no such column. */
export const cell = (table: Table, row: readonly string[], name: string): string =>
  row[table.names.indexOf(name)]?.trim() ?? '';
