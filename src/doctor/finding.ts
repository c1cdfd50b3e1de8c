/**
 * `differs`: the profile or overlay says something else than is so, and a line of it mends that. `trouble`: the far side
 * refuses or cannot do what martlet needs. `unknown`: it could not be seen from where we looked.
 */
export type Verdict = 'ok' | 'differs' | 'unknown' | 'trouble';

export interface Finding {
  readonly topic: string;
  /** What was looked at: `paths.runs: room`. */
  readonly check: string;
  readonly claimed?: string | undefined;
  readonly found: string;
  readonly verdict: Verdict;
  /** What to type or write next; advice where the verdict is ok. */
  readonly todo?: string | undefined;
  /** Where the claim is written: `clusters/abci3.yaml:24:5`. */
  readonly source?: string | undefined;
}

/** A finding before its topic is known. */
export type Said = Omit<Finding, 'topic'>;

type More = Partial<Pick<Said, 'claimed' | 'todo' | 'source'>>;

const say =
  (verdict: Verdict) =>
  (check: string, found: string, more: More = {}): Said => ({ check, ...more, found, verdict });

export const ok = say('ok');
export const differs = say('differs');
export const unknown = say('unknown');
export const trouble = say('trouble');

/** ok, or `otherwise` with what to do about it. */
export const okIf = (
  isOk: boolean,
  otherwise: 'differs' | 'trouble' | 'unknown',
  check: string,
  found: string,
  more: More,
): Said => (isOk ? ok(check, found, { ...more, todo: undefined }) : say(otherwise)(check, found, more));

/** The worst of them decides: 3 the world refuses something, 1 a text differs, 0 neither. */
export const exitCodeOf = (findings: readonly Pick<Finding, 'verdict'>[]): 0 | 1 | 3 => {
  const has = (verdict: Verdict): boolean => findings.some(each => each.verdict === verdict);
  return has('trouble') ? 3 : has('differs') ? 1 : 0;
};
