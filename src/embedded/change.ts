import type { DatabaseSync } from 'node:sqlite';
import { spoolOf } from './place.ts';
import { isAlive } from './processes.ts';
import { atOnce, endJob, type Job, jobOf } from './queue.ts';
import { Refusal } from './refusal.ts';
import { noteCancel, readClaim } from './spool.ts';

const known = (db: DatabaseSync, ids: readonly number[]): Job[] => {
  if (ids.length === 0) throw new Refusal('which job? give one or more ids', 2);
  const unknown = ids.filter(id => !jobOf(db, id));
  if (unknown.length > 0) throw new Refusal(`there is no job ${unknown.join(', ')}`);
  return ids.map(id => jobOf(db, id) as Job);
};

/** A waiting job ends at once. A started one is told through its companion, which sends TERM, and KILL after the grace time. */
const cancelOne = (db: DatabaseSync, place: string, boot: string, id: number): void => {
  const job = atOnce(db, () => {
    const now = jobOf(db, id) as Job;
    db.prepare("update job set cancelled = 1 where id = ? and state <> 'ended'").run(id);
    if (now.state === 'waiting') endJob(db, id, null, 'cancelled');
    return now;
  });
  if (job.state === 'waiting' || job.state === 'ended') return;
  const spool = spoolOf(place, id);
  // First the file and then the look at the claim; the companion does it the other way round.
  noteCancel(spool);
  const claim = readClaim(spool);
  if (claim && isAlive(claim, boot)) tell(claim.pid);
};

const tell = (pid: number): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Ends jobs, the last one first, so that no child starts because its parent went. Ended ones are left as they are. */
export const cancel = (db: DatabaseSync, place: string, boot: string, ids: readonly number[]): void => {
  for (const job of known(db, ids).sort((a, b) => b.id - a.id)) cancelOne(db, place, boot, job.id);
};

const setHeld = (db: DatabaseSync, ids: readonly number[], held: 0 | 1): void => {
  const started = atOnce(db, () =>
    known(db, ids).filter(
      job => db.prepare("update job set held = ? where id = ? and state = 'waiting'").run(held, job.id).changes === 0,
    ),
  );
  if (started.length > 0)
    throw new Refusal(`only waiting jobs can be held or released; not ${started.map(job => job.id).join(', ')}`);
};

export const hold = (db: DatabaseSync, ids: readonly number[]): void => setHeld(db, ids, 1);
export const release = (db: DatabaseSync, ids: readonly number[]): void => setHeld(db, ids, 0);
