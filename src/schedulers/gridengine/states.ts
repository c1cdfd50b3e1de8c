import type { Seen } from '../dialect.ts';

/** Letters of sge_status(5): d deletion, E error, h hold, r running, R restarted, s S T suspended, t transfer, q w waiting, z done. */
const LETTERS = /^[dEhqrRsStTwz]+$/;

/** Letters combine, and the strongest one says what is to come: `hr` runs, `Eqw` never starts, `dRt` is being deleted. */
export const seenOf = (letters: string): Seen => {
  if (!LETTERS.test(letters)) return 'unknown';
  const has = (any: RegExp) => any.test(letters);
  if (has(/z/)) return 'ended';
  if (has(/d/)) return 'ending';
  if (has(/E/)) return 'stuck';
  if (has(/[sST]/)) return 'suspended';
  if (has(/[qw]/)) return has(/h/) ? 'held' : 'queued';
  if (has(/r/)) return 'running';
  if (has(/t/)) return 'starting';
  return has(/h/) ? 'held' : 'unknown';
};
