import type { Base, Edit } from './edited.ts';

/** One rule and a way to break it: a valid recipe, one edit that breaks the rule, and its neighbour that does not. */
export interface Row {
  readonly rule: number;
  readonly base?: Base;
  /** What both have beside the base. */
  readonly with?: readonly Edit[];
  readonly broken: Edit;
  readonly ok: Edit;
  /** Default: MRT-E002, a rule of the engine's own. */
  readonly code?: string;
  /** Where the finding points; default: at the value of the edit. With a `#` behind: at the key. */
  readonly at?: string;
  /** Kind of GPU of the cluster; default: H200. */
  readonly gpu?: string;
}

/** Flags that are not for extra: by themselves, because martlet writes them from a recipe word or always. */
export const refusedExtra = (rule: number, flag: string, value: string, rest: Partial<Row> = {}): Row => ({
  rule,
  code: 'MRT-E003',
  broken: [`extra.${flag}`, value],
  ok: [`extra.${flag}`, undefined],
  ...rest,
});
