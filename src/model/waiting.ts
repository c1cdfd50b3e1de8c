/** Why a job waits, in the site's own terms, as far as its scheduler tells. */
export interface Waiting {
  /** `PENDING`, `hqw`, `H 22`: the state as the scheduler writes it. */
  readonly state: string;
  /** The reason as the scheduler writes it: `QOSMaxGRESPerUser`, `cannot run in PE "mpi"`. */
  readonly reason?: string | undefined;
  /** What that means, in one sentence, and what a person can do about it; undefined for a reason nobody has listed. */
  readonly meaning?: string | undefined;
  readonly hint?: string | undefined;
  /** ISO 8601, where the scheduler estimates one. */
  readonly expectedStart?: string | undefined;
  /** 1-based place among the waiting jobs of its queue, where it can be counted, and how many wait. */
  readonly position?: { readonly place: number; readonly of: number } | undefined;
  /** Native ids it waits for. */
  readonly waitsFor: readonly string[];
  readonly priority?: string | undefined;
  /** Further lines of the scheduler that explain it, as they are. */
  readonly details: readonly string[];
}
