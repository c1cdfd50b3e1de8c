import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../embedded/refusal.ts';
import { writeWhole } from './spool.ts';

const slotsFile = (place: string): string => join(place, 'slots');

const count = (text: string, from: string): string => {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return text;
  throw new Refusal(`${from} is "${text}"; it must be a whole number from 1 on`, 2);
};

/** Jobs that may run at once; a file, because companions read it. */
export const slots = (place: string): string => readFileSync(slotsFile(place), 'utf8').trim();

export const setSlots = (place: string, text: string): void =>
  writeWhole(slotsFile(place), `${count(text, 'slots')}\n`);

/** MARTLET_DOCKER_SLOTS where it is set, else what `slots N` said last, else the processors. */
export const noteSlots = (place: string, env: NodeJS.ProcessEnv): void => {
  const wish = env.MARTLET_DOCKER_SLOTS;
  const isThere = existsSync(slotsFile(place));
  if (wish && !(isThere && slots(place) === wish)) setSlots(place, count(wish, 'MARTLET_DOCKER_SLOTS'));
  else if (!isThere) setSlots(place, String(Math.max(1, availableParallelism())));
};
