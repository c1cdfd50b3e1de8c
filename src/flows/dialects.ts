import { Trouble } from '../model/trouble.ts';
import type { Dialect } from '../schedulers/dialect.ts';
import { DIALECTS } from '../schedulers/index.ts';

/** The asking half of a scheduler's language; only some schedulers can be asked in this version. */
export const dialectOf = (scheduler: string): Dialect => {
  const found = DIALECTS.find(each => each.id === scheduler);
  if (found) return found;
  throw new Trouble({
    code: 'MRT-S001',
    doing: `talking to a ${scheduler} scheduler`,
    said: 'submitting to it is not in this version: its scripts can be rendered and read',
    hint: 'martlet render RECIPE --cluster NAME -o DIR, or --cluster local --rehearse --as NAME',
  });
};
