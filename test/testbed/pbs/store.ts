import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Job } from './model.ts';

/** The server's memory: every job, on disk as soon as it changes, and the next number. */
export interface Store {
  readonly jobs: ReadonlyMap<string, Job>;
  save(job: Job): void;
  remove(id: string): void;
  /** A number is used up also by a refused submission. */
  takeNumber(): number;
  /** One line in the accounting file of the day, in PBS's form: DATE;KIND;ID;key=value ... */
  account(kind: string, job: Job, facts?: Readonly<Record<string, string | number>>): void;
  /** A clean stop; without one the next start jumps to the next thousand. Answers when the last one was. */
  stop(): void;
  readonly stoppedAt: number | undefined;
}

const TABLES = `
create table if not exists job (id text primary key, body text not null) strict;
create table if not exists fact (name text primary key, value real not null) strict;
`;

const day = (time: Date): string => time.toISOString().slice(0, 10).replaceAll('-', '');
const stamp = (time: Date): string => {
  const [date = '', clock = ''] = time.toISOString().split('T');
  const [year, month, dayOfMonth] = date.split('-');
  return `${month}/${dayOfMonth}/${year} ${clock.slice(0, 8)}`;
};

const accountant =
  (folder: string): Store['account'] =>
  (kind, job, facts = {}) => {
    const now = new Date();
    const all = { user: job.user, jobname: job.name, queue: job.queue, ctime: Math.floor(job.ctime / 1000), ...facts };
    const text = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    appendFileSync(join(folder, day(now)), `${stamp(now)};${kind};${job.id};${text.join(' ')}\n`);
  };

export const openStore = (folder: string): Store => {
  mkdirSync(join(folder, 'accounting'), { recursive: true });
  const db = new DatabaseSync(join(folder, 'server.db'));
  db.exec('pragma journal_mode = wal; pragma synchronous = off');
  db.exec(TABLES);
  const fact = (name: string): number | undefined =>
    (db.prepare('select value from fact where name = ?').get(name) as { value: number } | undefined)?.value;
  const put = db.prepare('insert or replace into fact values (?, ?)');
  const stoppedAt = fact('stopped');
  let next = fact('next') ?? 0;
  if (next > 0 && stoppedAt === undefined) next = Math.ceil((next + 1) / 1000) * 1000;
  put.run('next', next);
  db.exec("delete from fact where name = 'stopped'");
  const rows = db.prepare('select body from job').all() as { body: string }[];
  const jobs = new Map(rows.map(({ body }) => JSON.parse(body) as Job).map(job => [job.id, job]));
  const save = db.prepare('insert or replace into job values (?, ?)');
  const remove = db.prepare('delete from job where id = ?');
  return {
    jobs,
    stoppedAt,
    save: job => {
      jobs.set(job.id, job);
      save.run(job.id, JSON.stringify(job));
    },
    remove: id => {
      jobs.delete(id);
      remove.run(id);
    },
    takeNumber: () => {
      const number = next;
      next += 1;
      put.run('next', next);
      return number;
    },
    account: accountant(join(folder, 'accounting')),
    stop: () => {
      put.run('stopped', Date.now());
      db.close();
    },
  };
};
