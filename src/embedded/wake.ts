import { spawn } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isAlive, readIdentity } from './processes.ts';
import { hasWork } from './queue.ts';
import { runnerLink } from './runner.ts';

const LOG_BYTES = 1_000_000;

const openLog = (place: string): number => {
  const path = join(place, 'runner.log');
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) truncateSync(path);
  return openSync(path, 'a', 0o600);
};

/** Starts a runner when there is work and none is alive: a session of its own, no terminal, nothing of ours kept open. */
export const wake = (db: DatabaseSync, place: string, boot: string, program: string): void => {
  if (!hasWork(db)) return;
  const known = readIdentity(runnerLink(place));
  if (known && isAlive(known, boot)) return;
  const log = openLog(place);
  try {
    const env = { ...process.env, MARTLET_EMBEDDED_DIR: place };
    spawn(process.execPath, [program, 'runner'], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env,
    }).unref();
  } finally {
    closeSync(log);
  }
};
