import type { MegatronSpec } from './spec.ts';

/** One rule over words of the recipe that become no argument; those over arguments are in rules/. */
export interface Rule {
  /** Number of docs/megatron-rules.md, for those of Megatron's own. */
  readonly number?: number;
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
