import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';

const LARGEST_BYTES = 10_000_000;

/** Two files at most: the older one is replaced when the newer is full. */
const turnOver = (path: string): void => {
  try {
    if (statSync(path).size > LARGEST_BYTES) renameSync(path, `${path}.1`);
  } catch {
    // Not there yet.
  }
};

/** Martlet's own log, `martlet.log` in the state folder: never the screen. A log that cannot be written stops no command. */
export const openLog = async (state: string): Promise<Logger | undefined> => {
  const { pino } = await import('pino');
  const path = join(state, 'martlet.log');
  try {
    turnOver(path);
    // Synchronous: martlet may be killed at any moment and the last line is the one that is needed.
    const file = pino.destination({ dest: path, sync: true, mkdir: true });
    // A full disk in the middle of a submit: without a listener the write would throw there.
    file.on('error', () => undefined);
    return pino({ base: { pid: process.pid } }, file);
  } catch {
    return undefined;
  }
};
