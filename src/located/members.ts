import * as z from 'zod/mini';
import type { Diagnostic } from '../model/diagnostic.ts';
import { keysOf, type Path, valueAt, withValue } from './path.ts';
import { type Context, type Issue, unknownKey } from './say.ts';
import { knownKeys, type Member, membersOf, schemaAt } from './shape.ts';
import { nearest } from './suggest.ts';

/** How an issue is told; handed in, because telling issues leads back here. */
type Tell = (context: Context, issue: Issue, above: Path) => Diagnostic[];

/** The word that a wrong one stands for: another program's word for it, or a misspelling. */
export const meantWord = ({ source, foreign }: Context, path: Path, words: readonly string[]): string | undefined => {
  const written = String(valueAt(source.value, path));
  return foreign.word?.(written, path) ?? nearest(written, words);
};

/** With a member's word in place, that member is what the path leads to. */
const withWord = (context: Context, path: Path, word: string): Context => ({
  ...context,
  source: { ...context.source, value: withValue(context.source.value, path, word) },
});

/** What a member says about each key it knows; what it misses is not said, since it may not be the one. */
const byKey = (context: Context, path: Path, member: Member, tell: Tell): Map<string, Diagnostic[]> => {
  const above = path.slice(0, -1);
  const inside = withWord(context, path, member.word);
  const here = valueAt(inside.source.value, above);
  const result = z.safeParse(member.schema, here, { jitless: true });
  const found = new Map(knownKeys(member.schema, here).map(key => [key, [] as Diagnostic[]]));
  for (const issue of result.success ? [] : result.error.issues) {
    const told = tell(inside, issue, above).filter(each => each.code !== 'MRT-R003');
    found.get(String(issue.path[0]))?.push(...told);
  }
  return found;
};

/**
 * A map whose kind is no known word is checked all the same, against the member that was meant, or against all: a key is
 * wrong when no member knows it, and a value when no member that knows the key takes it.
 */
export const checkWithoutKind = (context: Context, path: Path, tell: Tell): Diagnostic[] => {
  const above = path.slice(0, -1);
  const schema = schemaAt(context.schema, context.source.value, above);
  const members = schema ? membersOf(schema) : [];
  const words = members.map(each => each.word);
  const meant = meantWord(context, path, words);
  const likely = members.filter(each => meant === undefined || each.word === meant);
  const found = likely.map(each => byKey(context, path, each, tell));
  const inside = meant === undefined ? context : withWord(context, path, meant);
  const keys = keysOf(valueAt(context.source.value, above)).filter(key => key !== path.at(-1));
  return keys.flatMap(key => {
    const told = found.flatMap(each => (each.has(String(key)) ? [each.get(String(key)) ?? []] : []));
    if (told.length === 0) return [unknownKey(inside, above, String(key))];
    return told.sort((a, b) => a.length - b.length)[0] ?? [];
  });
};
