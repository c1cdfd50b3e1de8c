/** One step of the schema. `breaking`: an older martlet must not write to a database that has it. */
export interface Migration {
  readonly number: number;
  readonly breaking: boolean;
  readonly sql: string;
}

/**
 * Text and not .sql files, because they travel inside the bundle. A released one is never edited: the next number is added.
 * A job's `record` is a cache: always what folding its events gives, written in the same transaction.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    breaking: true,
    sql: `
create table event (
  seq integer primary key,
  job text not null,
  nth integer not null,
  at text not null,
  kind text not null,
  body text not null check (json_valid(body)),
  fact text not null,
  unique (job, nth),
  unique (job, fact)
) strict;
create trigger event_is_append_only_u before update on event
  begin select raise(abort, 'events are never edited'); end;
create trigger event_is_append_only_d before delete on event
  begin select raise(abort, 'events are never deleted'); end;
create table record (
  job text primary key,
  nth integer not null,
  body text not null check (json_valid(body))
) strict, without rowid;
create table series (
  id integer primary key,
  job text not null,
  attempt integer not null,
  boot integer not null,
  name text not null,
  unique (job, attempt, boot, name)
) strict;
-- A NaN has no place in SQLite; it is kept as null.
create table metric (
  seq integer primary key,
  series integer not null references series (id),
  step integer not null,
  value real,
  text text
) strict;
create index metric_by_series on metric (series);
create table cursor (path text primary key, next_byte integer not null) strict, without rowid;
create table fact (name text primary key, value text not null) strict, without rowid;
`,
  },
];
