import { programPath } from '../../schedulers/words.ts';
import type { Ask } from '../ask.ts';
import type { Facts, Site } from '../facts.ts';
import { okIf, type Said } from '../finding.ts';

/** What one scheduler is asked, and what its answers mean. */
export interface Examined {
  /** Programs martlet calls, the one that everything hangs on first. */
  readonly programs: readonly string[];
  asks(site: Site): readonly Ask[];
  read(site: Site, facts: Facts): readonly Said[];
}

/** A program of the scheduler: by its full path where the profile has one. */
export const programIn = (site: Site, name: string): string => programPath(name, site.profile.dialect_options?.bin);

/** The first dotted number of a text: `pbs_version = 2022.1.6` to [2022, 1, 6]. */
export const versionIn = (text: string): readonly number[] | undefined => {
  const found = /(\d+(?:\.\d+)+)/.exec(text)?.[1];
  return found?.split('.').map(Number);
};

/** Negative where `a` is the older one. */
export const compareVersions = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

/** `HH:MM:SS`, `MM:SS`, `D-HH:MM:SS` or bare seconds to seconds; the words for no limit to Infinity. */
export const secondsIn = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (/^(unlimited|infinite|infinity|none|n\/a)$/i.test(text)) return Number.POSITIVE_INFINITY;
  const [, days, clock] = /^(?:(\d+)-)?([\d:]+)$/.exec(text) ?? [];
  if (clock === undefined) return undefined;
  const parts = clock.split(':').map(Number);
  // Slurm: D-HH and D-HH:MM begin with hours.
  while (days !== undefined && parts.length < 3) parts.push(0);
  return Number(days ?? 0) * 86400 + parts.reduce((sum, part) => sum * 60 + part, 0);
};

/** A claimed number against the most that is allowed. */
export interface Bound {
  readonly check: string;
  readonly claimed: number;
  readonly most: number;
  readonly text: (value: number) => string;
  readonly source: string | undefined;
  /** What to write where the claim is too high. */
  readonly todo: string;
  /** Further words about what was found. */
  readonly note?: string | undefined;
}

export const atMost = ({ check, claimed, most, text, source, todo, note }: Bound): Said =>
  okIf(claimed <= most, 'differs', check, `${text(most)}${note ? ` ${note}` : ''}`, {
    claimed: text(claimed),
    source,
    todo,
  });
