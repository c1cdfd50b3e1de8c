import { describe, expect, test } from 'vitest';
import type { Dialect } from '../../src/schedulers/dialect.ts';
import { gridengine } from '../../src/schedulers/gridengine.ts';
import { pbspro } from '../../src/schedulers/pbspro.ts';
import { slurm } from '../../src/schedulers/slurm.ts';
import { plain } from './kit.ts';
import { GRIDENGINE_ROWS } from './others/gridengine.ts';
import { PBSPRO_ROWS } from './others/pbspro.ts';
import type { Row } from './others/row.ts';
import { SLURM_ROWS } from './others/slurm.ts';

const readers = (dialect: Dialect): Readonly<Record<Row['read'], (row: Row) => unknown>> => ({
  submit: ({ out }) => dialect.readSubmit(out),
  poll: ({ out, ids = [] }) => dialect.readPoll(out, ids),
  pollPlain: ({ out, ids = [] }) => dialect.readPollPlain?.(out, ids),
  history: ({ out, ids = [] }) => dialect.readHistory(out, ids),
  cancel: ({ out }) => dialect.readCancel(out),
  why: ({ out, ids = [] }) => dialect.readWhy(out, ids[0] ?? ''),
});

const ROWS: readonly (readonly [Dialect, readonly Row[]])[] = [
  [slurm, SLURM_ROWS],
  [gridengine, GRIDENGINE_ROWS],
  [pbspro, PBSPRO_ROWS],
];

describe.each(ROWS.map(([dialect, rows]) => [dialect.id, dialect, rows] as const))('%s', (_, dialect, rows) => {
  test.each(rows.map((row, i) => [i + 1, row.read, row.from, row] as const))(
    'row %i, %s, of %s',
    (_i, _read, _f, row) => {
      const reading = plain(readers(dialect)[row.read](row));
      expect(reading).toMatchObject(row.is);
      // toMatchObject lets {} pass for anything, so what was not asked for must not be there.
      const { jobs, records } = reading as { jobs?: object; records?: object };
      if (row.is.jobs) expect(Object.keys(jobs ?? {}).sort()).toEqual(Object.keys(row.is.jobs).sort());
      if (row.is.records) expect(Object.keys(records ?? {}).sort()).toEqual(Object.keys(row.is.records).sort());
    },
  );
});

test('60 outputs recorded by other projects are read right', () => {
  expect(ROWS.flatMap(([, rows]) => rows).length).toBeGreaterThanOrEqual(60);
});
