import { Trouble } from '../model/trouble.ts';
import type { Dialect, DialectOptions } from '../schedulers/dialect.ts';
import { SCHEDULERS, schedulerFor } from '../schedulers/index.ts';

/** The language of a stored plan's scheduler; a newer martlet may have written one that this one has not heard of. */
export const dialectOf = (scheduler: string): Dialect => {
  const found = schedulerFor(scheduler);
  if (found) return found;
  throw new Trouble({
    code: 'MRT-S001',
    doing: `talking to a ${scheduler} scheduler`,
    said: `this version knows ${SCHEDULERS.map(each => each.id).join(', ')}`,
    hint: 'use the martlet that made this run.',
  });
};

/** Smallest number of seconds between two questions: the site's word, else the scheduler's. */
export const leastSeconds = (queue: { readonly scheduler: string; readonly options: DialectOptions }): number =>
  queue.options.poll_min ?? dialectOf(queue.scheduler).pollSeconds;
