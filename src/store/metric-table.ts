import type { DatabaseSync } from 'node:sqlite';
import type { StoredMetric } from './store.ts';

interface Row {
  readonly job: string;
  readonly attempt: number;
  readonly boot: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
  readonly text: string | null;
}

const COLUMNS = 's.job, s.attempt, s.boot, s.name, m.step, m.value, m.text';

const asMetric = (row: Row): StoredMetric => ({
  job: row.job,
  attempt: row.attempt,
  boot: row.boot,
  name: row.name,
  step: row.step,
  // SQLite has no NaN: it comes back as null.
  value: row.value ?? Number.NaN,
  ...(row.text === null ? {} : { text: row.text }),
});

/** Numbers of the logs, and how far each log was read. A series is one name of one boot of one job. */
export const metricTable = (db: DatabaseSync) => {
  const findSeries = db.prepare('select id from series where job = ? and attempt = ? and boot = ? and name = ?');
  const addSeries = db.prepare('insert into series (job, attempt, boot, name) values (?, ?, ?, ?)');
  const insert = db.prepare('insert into metric (series, step, value, text) values (?, ?, ?, ?)');
  const move = db.prepare(
    'insert into cursor (path, next_byte) values (?, ?) on conflict (path) do update set next_byte = excluded.next_byte',
  );
  const cursorAt = db.prepare('select next_byte from cursor where path = ?');
  const latest = db.prepare(
    `select ${COLUMNS} from series s join metric m on m.seq = (select max(seq) from metric where series = s.id) order by m.seq`,
  );
  const known = new Map<string, number>();

  const seriesOf = ({ job, attempt, boot, name }: StoredMetric): number => {
    const key = `${attempt} ${boot} ${job} ${name}`;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const row = findSeries.get(job, attempt, boot, name) as { id: number } | undefined;
    const id = row?.id ?? Number(addSeries.run(job, attempt, boot, name).lastInsertRowid);
    known.set(key, id);
    return id;
  };

  const append = (
    metrics: readonly StoredMetric[],
    cursor: { readonly path: string; readonly nextByte: number },
  ): void => {
    for (const each of metrics) insert.run(seriesOf(each), each.step, each.value, each.text ?? null);
    move.run(cursor.path, cursor.nextByte);
  };

  const metrics = (filter: { readonly job?: string; readonly name?: string } = {}): StoredMetric[] => {
    const wanted = Object.entries({ job: filter.job, name: filter.name }).filter(([, value]) => value !== undefined);
    const where = wanted.length > 0 ? `where ${wanted.map(([column]) => `s.${column} = ?`).join(' and ')}` : '';
    const rows = db.prepare(`select ${COLUMNS} from series s join metric m on m.series = s.id ${where} order by m.seq`);
    return (rows.all(...wanted.map(([, value]) => value as string)) as unknown as Row[]).map(asMetric);
  };

  return {
    append,
    metrics,
    latest: (): StoredMetric[] => (latest.all() as unknown as Row[]).map(asMetric),
    cursor: (path: string): number => (cursorAt.get(path) as { next_byte: number } | undefined)?.next_byte ?? 0,
    forget: (): void => known.clear(),
  };
};
