import { availableParallelism } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { readFact, writeFact } from './queue.ts';
import { Refusal } from './refusal.ts';

const count = (text: string, from: string): number => {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new Refusal(`${from} is "${text}"; it must be a whole number from 1 on`, 2);
};

/** Jobs that may run at once: `slots N`, else MARTLET_LOCAL_SLOTS of the last verb that had it, else the processors. */
export const slots = (db: DatabaseSync): number =>
  Number(readFact(db, 'slots') ?? readFact(db, 'slots of the environment') ?? Math.max(1, availableParallelism()));

export const setSlots = (db: DatabaseSync, text: string): void => writeFact(db, 'slots', String(count(text, 'slots')));

/** The runner may have been started from anywhere, so the environment's wish is kept in the queue. */
export const noteWish = (db: DatabaseSync, env: NodeJS.ProcessEnv): void => {
  const wish = env.MARTLET_LOCAL_SLOTS;
  if (!wish) return;
  const text = String(count(wish, 'MARTLET_LOCAL_SLOTS'));
  if (readFact(db, 'slots of the environment') !== text) writeFact(db, 'slots of the environment', text);
};
