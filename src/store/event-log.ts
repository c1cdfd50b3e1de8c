import type { DatabaseSync } from 'node:sqlite';
import type { EventKind, JobEvent, JobRecord, StoredEvent } from '../state/events.ts';
import { advance, FOLD_VERSION, UNTOUCHED } from '../state/fold.ts';
import { brokenFile, type Doing } from './trouble.ts';

/** A job's newest event number and its record; `isWritten` is false while the cache row lags inside a transaction. */
interface Head {
  nth: number;
  record: JobRecord;
  isWritten: boolean;
}

interface Row {
  readonly seq: number;
  readonly job: string;
  readonly nth: number;
  readonly at: string;
  readonly body: string;
}

const SELECT = 'select seq, job, nth, at, body from event';

const parsed = <T>(body: string, what: string, where: Doing): T => {
  try {
    return JSON.parse(body) as T;
  } catch {
    throw brokenFile(where, `${what} cannot be read`);
  }
};

const stored = (row: Row, where: Doing): StoredEvent => {
  const event = parsed<JobEvent | null>(row.body, `event ${row.seq}`, where);
  if (typeof event?.kind !== 'string') throw brokenFile(where, `event ${row.seq} is no event`);
  return { seq: row.seq, job: row.job, nth: row.nth, at: row.at, event };
};

/** The append-only half of a store and its cache of records. All writing happens inside the caller's transaction. */
export const eventLog = (db: DatabaseSync, where: Doing) => {
  const insert = db.prepare(
    'insert into event (job, nth, at, kind, body, fact) values (?, ?, ?, ?, ?, ?) on conflict (job, fact) do nothing',
  );
  const readRecord = db.prepare('select nth, body from record where job = ?');
  const writeRecord = db.prepare(
    'insert into record (job, nth, body) values (?, ?, ?) on conflict (job) do update set nth = excluded.nth, body = excluded.body',
  );
  const allRecords = db.prepare('select job, body from record order by job');
  const ofJob = db.prepare(`${SELECT} where job = ? order by nth`);
  const ofAll = db.prepare(`${SELECT} order by seq`);
  const newest = db.prepare(`${SELECT} where job = ? and kind = ? order by nth desc limit ?`);
  const heads = new Map<string, Head>();
  let behind: string[] = [];
  /** All records as they were when the database had this version; a reader of thousands asks twice in a round. */
  let whole: { readonly version: number; readonly records: ReadonlyMap<string, JobRecord> } | undefined;

  const load = (job: string): Head => {
    const row = readRecord.get(job) as { nth: number; body: string } | undefined;
    const record = row ? parsed<JobRecord>(row.body, `the record of ${job}`, where) : UNTOUCHED;
    const head = { nth: row?.nth ?? 0, record, isWritten: true };
    heads.set(job, head);
    return head;
  };

  const append = (job: string, fact: string, at: string, event: JobEvent): boolean => {
    const head = heads.get(job) ?? load(job);
    const { changes } = insert.run(job, head.nth + 1, at, event.kind, JSON.stringify(event), fact);
    if (changes === 0) return false;
    whole = undefined;
    head.nth += 1;
    head.record = advance(head.record, event, at);
    if (head.isWritten) behind.push(job);
    head.isWritten = false;
    return true;
  };

  /** Once a job and transaction, however many events there were. */
  const writeBehind = (): void => {
    for (const job of behind) {
      const head = heads.get(job) as Head;
      writeRecord.run(job, head.nth, JSON.stringify(head.record));
      head.isWritten = true;
    }
    behind = [];
  };

  const forget = (): void => {
    whole = undefined;
    heads.clear();
    behind = [];
  };

  /** Folds everything anew: after a change of the fold's rules, or when the cache does not fit its log. */
  const rebuild = (): void => {
    forget();
    db.exec('delete from record');
    for (const row of ofAll.iterate() as Iterable<unknown>) {
      const { job, at, event } = stored(row as Row, where);
      const head = heads.get(job) ?? load(job);
      head.nth += 1;
      head.record = advance(head.record, event, at);
      if (head.isWritten) behind.push(job);
      head.isWritten = false;
    }
    writeBehind();
    db.prepare(
      "insert into fact (name, value) values ('fold', ?) on conflict (name) do update set value = excluded.value",
    ).run(String(FOLD_VERSION));
  };

  /** Event numbers of a job and of the log have no gaps, so two sums tell whether every event is in its record. */
  const isCacheTrue = (): boolean => {
    const fold = db.prepare("select value from fact where name = 'fold'").get() as { value: string } | undefined;
    const sums = db
      .prepare(
        'select (select coalesce(sum(nth), 0) from record) as cached, (select coalesce(max(seq), 0) from event) as logged',
      )
      .get() as { cached: number; logged: number };
    return fold?.value === String(FOLD_VERSION) && sums.cached === sums.logged;
  };

  const records = (version: number): ReadonlyMap<string, JobRecord> => {
    if (whole?.version === version) return whole.records;
    writeBehind();
    const rows = allRecords.all() as unknown as { job: string; body: string }[];
    const read = new Map(rows.map(({ job, body }) => [job, parsed<JobRecord>(body, `the record of ${job}`, where)]));
    whole = { version, records: read };
    return read;
  };

  const record = (job: string): JobRecord | undefined => {
    const head = heads.get(job);
    if (head && !head.isWritten) return head.record;
    const row = readRecord.get(job) as { body: string } | undefined;
    return row && parsed<JobRecord>(row.body, `the record of ${job}`, where);
  };

  const events = (job?: string): StoredEvent[] =>
    ((job === undefined ? ofAll.all() : ofJob.all(job)) as unknown as Row[]).map(row => stored(row, where));

  const newestEvents = (job: string, kind: EventKind, count: number): StoredEvent[] =>
    (newest.all(job, kind, count) as unknown as Row[]).map(row => stored(row, where)).reverse();

  return { append, writeBehind, forget, rebuild, isCacheTrue, records, record, events, newestEvents };
};
