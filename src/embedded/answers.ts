import type { DatabaseSync } from 'node:sqlite';
import { type Job, jobOf, unfinished } from './queue.ts';

type Seen = 'queued' | 'held' | 'starting' | 'running' | 'ending' | 'ended';

export interface PollLine {
  readonly id: string;
  readonly seen: Seen;
  readonly reason?: string;
  /** Without times, so that the same state is the same text. */
  readonly raw: string;
}

const waitsForJob = (db: DatabaseSync, job: Job): boolean =>
  db
    .prepare("select 1 from need n join job p on p.id = n.parent where n.job = ? and not (p.state = 'ended') limit 1")
    .get(job.id) !== undefined;

const seenOf = (db: DatabaseSync, job: Job): { seen: Seen; reason?: string } => {
  if (job.state === 'ended')
    return job.why === 'never' ? { seen: 'ended', reason: 'DependencyNeverSatisfied' } : { seen: 'ended' };
  if (job.state !== 'waiting') return { seen: job.cancelled ? 'ending' : job.state };
  if (job.held) return { seen: 'held', reason: 'JobHeldUser' };
  return { seen: 'queued', reason: waitsForJob(db, job) ? 'Dependency' : 'Resources' };
};

const rawOf = (job: Job, { seen, reason }: { seen: Seen; reason?: string }): string =>
  job.state === 'ended' ? `ended: ${endOf(job)}` : reason ? `${seen}: ${reason}` : seen;

/** How it ended, in the words other schedulers have for it. */
const endOf = ({ why, code }: Job): string => {
  switch (why) {
    case 'exited':
      return `exit ${code}`;
    case 'timeout':
      return 'TIMEOUT';
    case 'cancelled':
      return 'CANCELLED';
    case 'node-failure':
      return 'NODE_FAIL: the machine was restarted or the job was killed from outside';
    case 'never':
      return 'DependencyNeverSatisfied';
    case 'no-folder':
      return 'FAILED: its folder could not be entered';
    case 'no-output':
      return 'FAILED: its output file could not be written';
    default:
      return String(why);
  }
};

/** What the queue says of these jobs, or of all that have not ended; ids it does not know are left out. */
export const poll = (db: DatabaseSync, ids: readonly number[]): PollLine[] => {
  const jobs = ids.length > 0 ? ids.flatMap(id => jobOf(db, id) ?? []) : unfinished(db);
  return jobs.map(job => {
    const seen = seenOf(db, job);
    return { id: String(job.id), ...seen, raw: rawOf(job, seen) };
  });
};

/** Jobs with one of these tokens, or with one of them as a name; both are compared whole. */
export const find = (
  db: DatabaseSync,
  tokens: readonly string[],
): { id: string; name: string; token: string | null }[] => {
  const wanted = JSON.stringify(tokens);
  const rows = db
    .prepare(
      'select * from job where token in (select value from json_each(?)) or name in (select value from json_each(?)) order by id',
    )
    .all(wanted, wanted) as unknown as Job[];
  return rows.map(({ id, name, token }) => ({ id: String(id), name, token }));
};

export interface HistoryLine {
  readonly id: string;
  readonly raw: string;
  /** A bad end; missing when it ended by itself with 0. */
  readonly failure?: string;
  readonly code: number | null;
  readonly submitted: string;
  readonly started: string | null;
  readonly ended: string | null;
}

/** Accounting: how these jobs ended. Jobs that have not ended are left out. */
export const history = (db: DatabaseSync, ids: readonly number[]): HistoryLine[] =>
  ids
    .flatMap(id => jobOf(db, id) ?? [])
    .filter(job => job.state === 'ended')
    .map(job => {
      const isGood = job.why === 'exited' && job.code === 0;
      const { code, submitted, started, ended } = job;
      return {
        id: String(job.id),
        raw: endOf(job),
        ...(isGood ? {} : { failure: endOf(job) }),
        code,
        submitted,
        started,
        ended,
      };
    });

/** The queue as a table for a person. */
export const list = (db: DatabaseSync): string[] =>
  poll(db, []).map(line => {
    const job = jobOf(db, Number(line.id));
    return [line.id, line.seen, line.reason ?? '-', job?.name ?? ''].join('\t');
  });
