import type { Seen } from './dialect.ts';

/** What a scheduler's reason means, in one sentence, and what a person can do; `seen` where it tells held or stuck jobs. */
export interface Explained {
  readonly meaning: string;
  readonly hint?: string | undefined;
  readonly seen?: Seen | undefined;
}

/** A pattern of reasons; the groups of the expression are given to `say`. */
export interface ReasonRow {
  readonly pattern: RegExp;
  readonly say: Explained | ((...groups: string[]) => Explained);
}

/** The first row that fits. */
export const explain = (rows: readonly ReasonRow[], reason: string): Explained | undefined => {
  for (const { pattern, say } of rows) {
    const found = pattern.exec(reason);
    if (found) return typeof say === 'function' ? say(...found.slice(1).map(group => group ?? '')) : say;
  }
  return undefined;
};
