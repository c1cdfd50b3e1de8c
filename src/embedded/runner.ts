import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { spoolOf } from './place.ts';
import { identityOf, identityText, isAlive, readIdentity } from './processes.ts';
import { atOnce, hasWork, openQueue, startedJobs } from './queue.ts';
import { endHopeless, settle } from './settle.ts';
import { readClaim } from './spool.ts';
import { chooseNext, type Starter, startCompanion } from './start.ts';

export interface RunnerOptions extends Starter {
  /** How long it stays when there is nothing to do. */
  readonly idleMs: number;
}

const TICK_MS = 50;
/** Nothing new for so long, and it looks less often: jobs may run for days. */
const QUIET_MS = 3000;
const SLOW_TICK_MS = 250;
const TROUBLE_MS = 2000;
/** A companion that has not claimed its job after so long was never started, or died at once. */
const CLAIM_MS = 5000;
const LOCK_MS = 10_000;

/** The link in which the runner says who it is; verbs and companions look whether that process is alive. */
export const runnerLink = (place: string): string => join(place, 'runner');

const sayWhoWeAre = (place: string, boot: string): void => {
  const who = identityOf(process.pid, boot);
  if (!who) throw new Error('this process cannot be found in the list of processes');
  const beside = join(place, `runner.${process.pid}`);
  rmSync(beside, { force: true });
  symlinkSync(identityText(who), beside);
  renameSync(beside, runnerLink(place));
};

/**
 * The lock of the one runner: a write transaction that is never ended. The kernel gives it back when this process ends,
 * however it ends, so there is no stale lock, no reused process number and no reboot to think of.
 */
const takeLock = async (place: string, boot: string): Promise<DatabaseSync | undefined> => {
  const lock = new DatabaseSync(join(place, 'runner.lock'), { timeout: 0 });
  for (let waited = 0; waited < LOCK_MS; waited += TICK_MS) {
    try {
      lock.exec('begin exclusive');
      return lock;
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== 5) throw error;
    }
    // Another one has it: either it is at work, or it is just ending and we are its heir.
    const other = readIdentity(runnerLink(place));
    if (other && isAlive(other, boot)) break;
    await sleep(TICK_MS);
  }
  lock.close();
  return undefined;
};

/** Leaves only when nothing is left to do, in one transaction with a submit that may come at the same moment. */
const mayLeave = (db: DatabaseSync, place: string): boolean =>
  atOnce(db, () => {
    if (hasWork(db)) return false;
    rmSync(runnerLink(place), { force: true });
    return true;
  });

/** Companions of jobs that are marked as starting and that nobody has claimed. `asked`: when we last started one. */
const startAll = (db: DatabaseSync, options: RunnerOptions, asked: Map<number, number>, onEnd: () => void): void => {
  const now = performance.now();
  for (const job of startedJobs(db)) {
    const isDue = job.state === 'starting' && now - (asked.get(job.id) ?? Number.NEGATIVE_INFINITY) > CLAIM_MS;
    if (!isDue || readClaim(spoolOf(options.place, job.id)) !== undefined) continue;
    asked.set(job.id, now);
    const child = startCompanion(job, options);
    child.on('error', error => console.error(new Date().toISOString(), `job ${job.id}: ${error.message}`));
    child.on('exit', onEnd);
  }
};

/** A pause that the end of a companion cuts short. */
const pauses = (): { pause: (ms: number) => Promise<void>; end: () => void } => {
  let nudge = new AbortController();
  return {
    end: () => nudge.abort(),
    pause: async ms => {
      await sleep(ms, undefined, { signal: nudge.signal }).catch(() => undefined);
      if (nudge.signal.aborted) nudge = new AbortController();
    },
  };
};

/** One look at everything; answers whether something was new. */
const looker = (db: DatabaseSync, options: RunnerOptions, onEnd: () => void): (() => boolean) => {
  const asked = new Map<number, number>();
  const versionOf = db.prepare('pragma data_version');
  let known: number | undefined;
  return () => {
    const { data_version: version } = versionOf.get() as { data_version: number };
    const isNew = settle(db, options.place, options.boot) || version !== known;
    if (isNew) {
      endHopeless(db);
      chooseNext(db);
    }
    startAll(db, options, asked, onEnd);
    known = version;
    return isNew;
  };
};

/** Somebody took the folder away, or another runner is the one: there is nothing of ours to do. */
const isReplaced = (place: string): boolean => readIdentity(runnerLink(place))?.pid !== process.pid;

const work = async (db: DatabaseSync, options: RunnerOptions): Promise<void> => {
  const { pause, end } = pauses();
  const look = looker(db, options, end);
  let lastNews = performance.now();
  while (!isReplaced(options.place)) {
    try {
      if (look()) lastNews = performance.now();
      const quietMs = performance.now() - lastNews;
      if (quietMs >= options.idleMs && mayLeave(db, options.place)) return;
      await pause(quietMs < QUIET_MS ? TICK_MS : SLOW_TICK_MS);
    } catch (error) {
      // A full disk, a locked database: nothing is lost by looking again.
      console.error(new Date().toISOString(), (error as Error).message);
      await pause(TROUBLE_MS);
    }
  }
};

/** Starts what may start and notes what ended, until nothing is left to do. There is one at a time; a second one leaves. */
export const run = async (options: RunnerOptions): Promise<void> => {
  const lock = await takeLock(options.place, options.boot);
  if (!lock) return;
  sayWhoWeAre(options.place, options.boot);
  const db = openQueue(options.place, false);
  try {
    await work(db, options);
  } finally {
    db.close();
    lock.close();
  }
};
