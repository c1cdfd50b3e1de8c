import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refusal } from './refusal.ts';

/** `why` of an ended job: `exited` by itself, or what ended or prevented it. */
export type Why = 'exited' | 'cancelled' | 'timeout' | 'node-failure' | 'never' | 'no-output' | 'no-folder';

export interface Job {
  readonly id: number;
  readonly name: string;
  readonly token: string | null;
  readonly state: 'waiting' | 'starting' | 'running' | 'ended';
  readonly held: number;
  readonly cancelled: number;
  /** 0: none. */
  readonly walltime: number;
  readonly cookie: string;
  /** JSON of a Request. */
  readonly request: string;
  readonly submitted: string;
  readonly started: string | null;
  readonly ended: string | null;
  readonly code: number | null;
  readonly why: Why | null;
}

/** What the companion needs to start the job; made at submit, because a scheduler runs what was submitted. */
export interface Request {
  /** Interpreter and its argument, from the script's first line. */
  readonly interpreter: readonly string[];
  readonly args: readonly string[];
  readonly dir: string;
  readonly output: string | null;
  readonly umask: number;
}

const SCHEMA = 1;
const TABLES = `
create table if not exists job (
  id integer primary key autoincrement,
  name text not null,
  token text,
  state text not null default 'waiting' check (state in ('waiting', 'starting', 'running', 'ended')),
  held integer not null default 0,
  cancelled integer not null default 0,
  walltime integer not null,
  cookie text not null,
  request text not null,
  submitted text not null,
  started text,
  ended text,
  code integer,
  why text
) strict;
create index if not exists job_unfinished on job (state) where state <> 'ended';
create index if not exists job_by_token on job (token);
create index if not exists job_by_name on job (name);
create table if not exists need (job integer not null, parent integer not null, ok integer not null) strict;
create index if not exists need_by_job on need (job);
create table if not exists fact (name text primary key, value text not null) strict, without rowid;
`;

const prepare = (db: DatabaseSync, path: string): void => {
  const { user_version: version } = db.prepare('pragma user_version').get() as { user_version: number };
  if (version > SCHEMA)
    throw new Refusal(`${path} has schema ${version}, this program knows ${SCHEMA}; use the newer martlet`, 3);
  if (version === SCHEMA) return;
  atOnce(db, () => {
    db.exec(TABLES);
    db.exec(`pragma user_version = ${SCHEMA}`);
  });
};

/** Switching a new file to WAL does not wait for others as other locks do, so it is tried until it works. */
const setPragmas = (db: DatabaseSync, isDurable: boolean): void => {
  for (let left = 200; ; left -= 1)
    try {
      db.exec('pragma journal_mode = wal');
      break;
    } catch (error) {
      if (left === 0 || (error as { errcode?: number }).errcode !== 5) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  db.exec(`pragma synchronous = ${isDurable ? 'full' : 'normal'}`);
};

/**
 * The queue's database. `isDurable`: what is written must survive a power cut (a submit). The runner's own notes need not:
 * claims and exits in the spool tell them again.
 */
export const openQueue = (place: string, isDurable = true): DatabaseSync => {
  const path = join(place, 'queue.db');
  const db = new DatabaseSync(path, { timeout: 20_000 });
  try {
    setPragmas(db, isDurable);
    prepare(db, path);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** `begin immediate` around it: all or nothing, one writer at a time. */
export const atOnce = <T>(db: DatabaseSync, act: () => T): T => {
  db.exec('begin immediate');
  try {
    const result = act();
    db.exec('commit');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
};

const select = (db: DatabaseSync, rest: string, ...values: number[]): Job[] =>
  db.prepare(`select * from job where ${rest}`).all(...values) as unknown as Job[];

export const unfinished = (db: DatabaseSync): Job[] => select(db, "state <> 'ended' order by id");
export const startedJobs = (db: DatabaseSync): Job[] => select(db, "state in ('starting', 'running') order by id");

/** Waiting jobs with nothing more to wait for but a slot, the oldest first. */
export const readyJobs = (db: DatabaseSync, count: number): Job[] =>
  select(
    db,
    `state = 'waiting' and held = 0 and not exists (
       select 1 from need n join job p on p.id = n.parent
       where n.job = job.id and not (p.state = 'ended' and (n.ok = 0 or (p.why = 'exited' and p.code = 0))))
     order by id limit ?`,
    count,
  );

/** Something runs or could start. Held jobs, and those behind them, wait for a verb and need no runner. */
export const hasWork = (db: DatabaseSync): boolean =>
  db.prepare("select 1 from job where state in ('starting', 'running') limit 1").get() !== undefined ||
  readyJobs(db, 1).length > 0;
export const jobOf = (db: DatabaseSync, id: number): Job | undefined =>
  db.prepare('select * from job where id = ?').get(id) as unknown as Job | undefined;

export const readFact = (db: DatabaseSync, name: string): string | undefined =>
  (db.prepare('select value from fact where name = ?').get(name) as { value: string } | undefined)?.value;
export const writeFact = (db: DatabaseSync, name: string, value: string): void => {
  db.prepare(
    'insert into fact (name, value) values (?, ?) on conflict (name) do update set value = excluded.value',
  ).run(name, value);
};

/** Ends a job that has not ended; facts about it that come later change nothing. */
export const endJob = (db: DatabaseSync, id: number, code: number | null, why: Why): void => {
  db.prepare("update job set state = 'ended', ended = ?, code = ?, why = ? where id = ? and state <> 'ended'").run(
    new Date().toISOString(),
    code,
    why,
    id,
  );
};
