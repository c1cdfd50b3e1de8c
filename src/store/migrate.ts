import type { DatabaseSync } from 'node:sqlite';
import { Trouble } from '../model/trouble.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { Doing } from './trouble.ts';

interface Applied {
  readonly number: number;
  readonly breaking: number;
}

const appliedTo = (db: DatabaseSync): Applied[] =>
  db.prepare('select number, breaking from migration order by number').all() as unknown as Applied[];

/** A newer schema that only adds is used as it is; one that changes what is there is refused, with both numbers. */
const refuseNewer = (applied: readonly Applied[], newest: number, where: Doing): void => {
  const beyond = applied.find(each => each.number > newest && each.breaking === 1);
  if (!beyond) return;
  throw new Trouble({
    code: 'MRT-W021',
    doing: where.doing,
    said: `${where.path} has schema ${beyond.number}; this martlet knows schema ${newest}`,
    left: 'the file was not touched.',
    hint: 'use the newer martlet that wrote it (martlet --version tells which one this is).',
  });
};

/** The number goes in before its SQL runs, so that two starters collide on it instead of applying half each. */
const apply = (db: DatabaseSync, migration: Migration): void => {
  db.prepare('insert into migration (number, breaking) values (?, ?)').run(
    migration.number,
    migration.breaking ? 1 : 0,
  );
  db.exec(migration.sql);
};

/** Brings a database to the newest schema known here, in one transaction. */
export const migrate = (db: DatabaseSync, where: Doing, migrations: readonly Migration[] = MIGRATIONS): void => {
  const newest = Math.max(...migrations.map(each => each.number));
  const isKnown =
    db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'migration'").get() !== undefined;
  const before = isKnown ? appliedTo(db) : [];
  refuseNewer(before, newest, where);
  if (migrations.every(each => before.some(done => done.number === each.number))) return;
  db.exec('begin immediate');
  try {
    db.exec('create table if not exists migration (number integer primary key, breaking integer not null) strict');
    // Asked again inside the transaction: somebody else may have been here meanwhile.
    const done = new Set(appliedTo(db).map(each => each.number));
    for (const each of migrations) if (!done.has(each.number)) apply(db, each);
    db.exec('commit');
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
};
