import { asked } from '../answer.ts';
import type { DialectOptions } from '../dialect.ts';

/** qstat prints times in the zone of whoever asks, without naming it; as of 22.05 its words do not follow the locale. */
export const plainly = (words: readonly string[]): readonly string[] => ['env', 'TZ=UTC', 'LC_ALL=C', ...words];

export const ask = (options: DialectOptions, words: readonly string[]): readonly string[] =>
  asked(options, plainly(words));
