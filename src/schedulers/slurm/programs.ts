import { asked } from '../answer.ts';
import type { DialectOptions } from '../dialect.ts';

/** Settings of a person's environment that change what is asked or printed (squeue(1), sacct(1), scontrol(1), scancel(1)). */
const BENDING = [
  ...['SLURM_BITSTR_LEN', 'SLURM_CLUSTERS', 'SLURM_TIME_FORMAT', 'SLURM_JSON', 'SLURM_YAML'],
  ...['ACCOUNT', 'ALL', 'ARRAY', 'ARRAY_UNIQUE', 'EXPAND_PATTERNS', 'FEDERATION', 'FORMAT', 'FORMAT2', 'LICENSES'].map(
    name => `SQUEUE_${name}`,
  ),
  ...['LOCAL', 'NAMES', 'PARTITION', 'PRIORITY', 'QOS', 'SIB', 'SIBLING', 'SORT', 'STATES', 'USERS'].map(
    name => `SQUEUE_${name}`,
  ),
  ...['FEDERATION', 'FORMAT', 'LOCAL'].map(name => `SACCT_${name}`),
  ...['ALL', 'FEDERATION', 'FUTURE', 'LOCAL', 'SIB', 'SIBLING'].map(name => `SCONTROL_${name}`),
  // SCANCEL_BATCH would only signal the script, SCANCEL_INTERACTIVE would wait for a person.
  ...['ACCOUNT', 'BATCH', 'CRON', 'CTLD', 'FULL', 'HURRY', 'INTERACTIVE', 'NAME', 'PARTITION', 'QOS', 'STATE'].map(
    name => `SCANCEL_${name}`,
  ),
  ...['USER', 'VERBOSE', 'WCKEY'].map(name => `SCANCEL_${name}`),
];

/** Under an environment that bends nothing; times are printed in UTC. */
export const plainly = (words: readonly string[]): readonly string[] => [
  'env',
  ...BENDING.flatMap(name => ['-u', name]),
  'TZ=UTC',
  'LC_ALL=C',
  ...words,
];

export const ask = (options: DialectOptions, words: readonly string[]): readonly string[] =>
  asked(options, plainly(words));
