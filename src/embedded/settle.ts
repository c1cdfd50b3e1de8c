import type { DatabaseSync } from 'node:sqlite';
import { spoolOf } from './place.ts';
import { carriersOf, isAlive, killAll } from './processes.ts';
import { atOnce, endJob, type Job, startedJobs } from './queue.ts';
import { claimForNobody, readClaim, readExit } from './spool.ts';

type Change = (db: DatabaseSync) => void;

const runs: (id: number) => Change = id => db =>
  void db
    .prepare("update job set state = 'running', started = coalesce(started, ?) where id = ? and state = 'starting'")
    .run(new Date().toISOString(), id);

/** A companion was killed: what it left running goes first, and only then is the job said to be over. */
const onDeadCompanion = (job: Job, spool: string): Change | undefined => {
  // Read again: it may have written its exit just before it ended.
  const exit = readExit(spool);
  if (exit) return db => endJob(db, job.id, exit.code, exit.why);
  const left = carriersOf(job.cookie);
  killAll(left);
  return left.length > 0 ? undefined : db => endJob(db, job.id, null, 'node-failure');
};

/** What the spool tells about a started job that the queue does not know yet. */
const newsOf = (job: Job, spool: string, boot: string): Change | undefined => {
  const exit = readExit(spool);
  if (exit) return db => endJob(db, job.id, exit.code, exit.why);
  const claim = readClaim(spool);
  if (claim === undefined) {
    // A running job without a claim: somebody removed its spool folder.
    if (job.state === 'running') return onDeadCompanion(job, spool);
    const isOver = job.cancelled === 1 && claimForNobody(spool);
    return isOver ? db => endJob(db, job.id, null, 'cancelled') : undefined;
  }
  if (claim.pid === 0) return db => endJob(db, job.id, null, 'cancelled');
  if (!isAlive(claim, boot)) return onDeadCompanion(job, spool);
  return job.state === 'starting' ? runs(job.id) : undefined;
};

const NEVER = `
select job.id from job where state = 'waiting' and exists (
  select 1 from need n join job p on p.id = n.parent
  where n.job = job.id and n.ok = 1 and p.state = 'ended' and not (p.why = 'exited' and p.code = 0))
order by id limit 1`;

/** Jobs whose parent failed will never start; those that wait for such a one in turn are looked at again. */
export const endHopeless = (db: DatabaseSync): void => {
  const next = (): number | undefined => (db.prepare(NEVER).get() as { id: number } | undefined)?.id;
  if (next() === undefined) return;
  atOnce(db, () => {
    for (let id = next(); id !== undefined; id = next()) endJob(db, id, null, 'never');
  });
};

/**
 * Brings the queue in line with what companions wrote down, and answers whether there was news. Any verb may do it; doing
 * it twice changes nothing.
 */
export const settle = (db: DatabaseSync, place: string, boot: string): boolean => {
  const changes = startedJobs(db).flatMap(job => newsOf(job, spoolOf(place, job.id), boot) ?? []);
  if (changes.length === 0) return false;
  atOnce(db, () => {
    for (const change of changes) change(db);
  });
  return true;
};
