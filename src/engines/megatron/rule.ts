import type { MegatronSpec } from './spec.ts';

/** One rule: where it points, what it says when broken. Numbers are those of Megatron's own validation (arguments.py). */
export interface Rule {
  readonly path: string;
  readonly broken: (s: MegatronSpec) => boolean;
  readonly what: (s: MegatronSpec) => string;
  readonly why: string;
  readonly hint?: (s: MegatronSpec) => string | undefined;
}

export const divides = (a: number, b: number): boolean => Number.isInteger(b / a);

/** Those of the candidates that fit, for a hint. */
export const legal = (candidates: readonly number[], ok: (n: number) => boolean): string =>
  candidates.filter(ok).join(', ') || 'none';
