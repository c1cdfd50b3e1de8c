import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { networkFileSystem } from '../model/filesystems.ts';
import { Refusal } from './refusal.ts';

/** Where the queue lives: $MARTLET_EMBEDDED_DIR, else `$XDG_STATE_HOME/martlet/embedded`. */
export const queueFolder = (env: NodeJS.ProcessEnv): string => {
  const given = env.MARTLET_EMBEDDED_DIR;
  if (given) {
    if (isAbsolute(given)) return given;
    throw new Refusal(`MARTLET_EMBEDDED_DIR is "${given}", which is not a full path`, 2);
  }
  const base = env.XDG_STATE_HOME;
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state'), 'martlet', 'embedded');
};

const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

/** The folder, made for the person alone when it is missing. Processes are known by this machine's numbers, so no shared disk. */
export const openPlace = (env: NodeJS.ProcessEnv): string => {
  const place = queueFolder(env);
  makeFolder(place);
  const network = networkFileSystem(statfsSync(place).type);
  if (network === undefined) return place;
  throw new Refusal(`${place} is on ${network}; set MARTLET_EMBEDDED_DIR to a folder on a disk of this machine`, 3);
};

export const spoolOf = (place: string, id: number): string => join(place, 'spool', String(id));
