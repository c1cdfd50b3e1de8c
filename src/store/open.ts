import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { eventLog } from './event-log.ts';
import { metricTable } from './metric-table.ts';
import type { Store } from './store.ts';
import { transactions } from './transaction.ts';
import { type Doing, guarded } from './trouble.ts';

export interface OpenOptions {
  readonly run: string;
  /** Of the database file; its folder is made when it is missing. */
  readonly path: string;
  /** What to type when the file turns out to be broken. */
  readonly rebuild?: string | undefined;
}

const storeOn = (db: DatabaseSync, run: string, reading: Doing, writing: Doing): Store => {
  const log = eventLog(db, reading);
  const table = metricTable(db);
  const forget = (): void => {
    log.forget();
    table.forget();
  };
  const { atOnce, version } = transactions(db, {
    onForeignWrite: forget,
    beforeCommit: log.writeBehind,
    afterRollback: forget,
  });
  const write = <T>(act: () => T): T => guarded(writing, () => atOnce(act));
  const read = <T>(act: () => T): T => guarded(reading, act);
  if (!read(log.isCacheTrue)) write(log.rebuild);
  return {
    run,
    append: (job, fact, at, event) => write(() => log.append(job, fact, at, event)),
    atOnce: write,
    events: job => read(() => log.events(job)),
    newestEvents: (job, kind, count) => read(() => log.newestEvents(job, kind, count)),
    records: () => read(() => log.records(version())),
    record: job => read(() => log.record(job)),
    appendMetrics: (metrics, cursor) => write(() => table.append(metrics, cursor)),
    metrics: filter => read(() => table.metrics(filter)),
    latestMetrics: () => read(table.latest),
    cursor: path => read(() => table.cursor(path)),
    close: () => db.close(),
  };
};

/** Opens the event log of a run. Throws Trouble when the place cannot be written or the file is not what it should be. */
export const openStore = ({ run, path, rebuild }: OpenOptions): Store => {
  const reading: Doing = { doing: `reading the event log of ${run}`, path, rebuild };
  const writing: Doing = { doing: `writing the event log of ${run}`, path, rebuild };
  const db = guarded(reading, () => openDatabase(path, reading));
  try {
    return storeOn(db, run, reading, writing);
  } catch (error) {
    db.close();
    throw error;
  }
};
