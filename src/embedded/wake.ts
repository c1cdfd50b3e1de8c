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

/** The verb has done its work all the same, and its answer must not look like a failure. */
const cannot = (error: Error): void =>
  console.error(`martlet-local: no runner could be started (${error.message}); the next verb tries again`);

/** A session of its own, no terminal, nothing of ours kept open. */
const startRunner = (db: DatabaseSync, place: string, boot: string, program: string): void => {
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

/** Starts a runner when there is work and none is alive. */
export const wake = (...context: Parameters<typeof startRunner>): void => {
  try {
    startRunner(...context);
  } catch (error) {
    cannot(error as Error);
  }
};
