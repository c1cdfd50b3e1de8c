import { dirname, join } from 'node:path';
import type { Located } from '../located/located.ts';
import { childOf } from '../located/path.ts';
import type { Diagnostic } from '../model/diagnostic.ts';

/** Parents of parents of parents: more than this is a mistake. */
const MOST_PARENTS = 8;

/** A parent's text is wanted: flows read it, parse it and call again with it at the end of the chain. */
export interface NeedsParent {
  /** As written. */
  readonly base: string;
  /** Seen from the folder of the file that names it. */
  readonly file: string;
  readonly of: Located;
}

/** What `base:` of a text says, when it says a text. */
const baseOf = (located: Located): string | undefined => {
  const base = childOf(located.value, 'base');
  return typeof base === 'string' ? base : undefined;
};

const fileOf = (base: string, of: Located): string => (base.startsWith('/') ? base : join(dirname(of.file), base));

const finding = (of: Located, code: Diagnostic['code'], what: string, hint?: string): Diagnostic => ({
  code,
  severity: 'error',
  what,
  hint,
  at: of.place(['base']),
  path: 'base',
});

/** What to say when a parent cannot be found. `file`: where it was looked for. */
export const parentMissing = ({ base, file, of }: NeedsParent): Diagnostic =>
  finding(
    of,
    'MRT-R010',
    `there is no parent recipe "${base}".`,
    `looked for ${file}: a path is seen from the folder of the file that names it.`,
  );

/** The next parent that is wanted, or why there can be none. The chain begins with the recipe itself. */
export const nextParent = (
  chain: readonly Located[],
): { readonly needs?: NeedsParent; readonly diagnostics: readonly Diagnostic[] } => {
  const of = chain.at(-1);
  const base = of && baseOf(of);
  if (!of || base === undefined) return { diagnostics: [] };
  const file = fileOf(base, of);
  const again = chain.find(each => join(each.file) === join(file));
  if (again)
    return {
      diagnostics: [
        finding(of, 'MRT-R011', `${chain.map(each => each.file).join(' -> ')} -> ${file}: these parents never end.`),
      ],
    };
  if (chain.length > MOST_PARENTS)
    return {
      diagnostics: [finding(of, 'MRT-R011', `more than ${MOST_PARENTS} parents.`, 'write fewer, flatter recipes.')],
    };
  return { needs: { base, file, of }, diagnostics: [] };
};
