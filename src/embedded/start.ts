import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { spoolOf } from './place.ts';
import { atOnce, type Job, type Request, readyJobs, startedJobs } from './queue.ts';
import { slots } from './slots.ts';
import { readEnvironment } from './spool.ts';

/** Marks jobs as starting, oldest first, as many as there are slots free. Counting and marking are one transaction. */
export const chooseNext = (db: DatabaseSync): void => {
  if (readyJobs(db, 1).length === 0) return;
  atOnce(db, () => {
    const free = slots(db) - startedJobs(db).length;
    if (free <= 0) return;
    const mark = db.prepare("update job set state = 'starting' where id = ?");
    for (const job of readyJobs(db, free)) mark.run(job.id);
  });
};

export interface Starter {
  readonly place: string;
  readonly boot: string;
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number;
  /** Full path of this program, which a companion calls to wake a runner. */
  readonly program: string;
}

const companionWords = (job: Job, { place, boot, graceSeconds, program }: Starter): string[] => {
  const spool = spoolOf(place, job.id);
  const request = JSON.parse(job.request) as Request;
  const script = [...request.interpreter, join(spool, 'script'), ...request.args];
  const output = request.output ?? join(spool, 'output');
  const numbers = [job.walltime, graceSeconds].map(String);
  const mask = request.umask.toString(8).padStart(4, '0');
  return [place, spool, boot, ...numbers, mask, request.dir, output, job.cookie, process.execPath, program, ...script];
};

/**
 * Starts the companion of a job that is marked as starting. It is harmless to start a second one: the claim decides.
 * A session of its own, so that it outlives us and the terminal. `-p`: no BASH_ENV of the job is read.
 */
export const startCompanion = (job: Job, starter: Starter): ChildProcess => {
  const spool = spoolOf(starter.place, job.id);
  const log = openSync(join(spool, 'companion.log'), 'a', 0o600);
  try {
    const words = ['-p', join(spool, 'companion.sh'), ...companionWords(job, starter)];
    return spawn('/bin/bash', words, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: readEnvironment(spool),
    });
  } finally {
    closeSync(log);
  }
};
