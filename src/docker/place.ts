import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Refusal } from '../embedded/refusal.ts';

/** Where jobs' folders and the locks of slots and GPUs live: $MARTLET_DOCKER_DIR, else `$XDG_STATE_HOME/martlet/docker/spool`. */
const placeFolder = (env: NodeJS.ProcessEnv): string => {
  const given = env.MARTLET_DOCKER_DIR;
  if (given) {
    // The engine's own list of mounts reads a comma and a colon; and a bind needs a full path.
    if (isAbsolute(given) && !/[,:\n]/.test(given)) return given;
    throw new Refusal(`MARTLET_DOCKER_DIR is "${given}"; it must be a full path without a comma or colon`, 2);
  }
  const base = env.XDG_STATE_HOME;
  const state = base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state');
  return join(state, 'martlet', 'docker', 'spool');
};

/** The folder, made for the person alone when it is missing; every job's container gets it at the same path. */
export const openPlace = (env: NodeJS.ProcessEnv): string => {
  const place = placeFolder(env);
  for (const each of ['jobs', 'queue']) mkdirSync(join(place, each), { recursive: true, mode: 0o700 });
  return place;
};
