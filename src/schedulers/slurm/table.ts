/** Rows of a `|` table under its header; the last column may hold `|`, because reasons and comments are free text. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Cells of a line, the last one with what is left; none where there are too few. */
const cells = (line: string, count: number): string[][] => {
  const parts = line.split('|');
  if (parts.length < count) return [];
  return [parts.length === count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join('|')]];
};

/**
 * The table whose header begins with `first`; undefined without that header: then nobody has answered, whatever the exit
 * code. Lines before it are a login's noise, lines with fewer cells are complaints.
 */
export const readTable = (text: string, first: string): Table | undefined => {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex(line => line.startsWith(`${first}|`));
  if (at < 0) return undefined;
  const names = lines[at]?.split('|') ?? [];
  const rows = lines.slice(at + 1).flatMap(line => cells(line, names.length));
  return { names, rows };
};

/** The cell of a row under `name`; empty where the table has no such column. */
export const cell = (table: Table, row: readonly string[], name: string): string =>
  row[table.names.indexOf(name)]?.trim() ?? '';
