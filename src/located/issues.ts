import type { Diagnostic } from '../model/diagnostic.ts';
import { checkWithoutKind } from './members.ts';
import { isMap, type Path, valueAt } from './path.ts';
import {
  type Context,
  finding,
  type Issue,
  missing,
  outOfRange,
  say,
  unknownKey,
  wrongForm,
  wrongKey,
  wrongType,
  wrongWord,
} from './say.ts';

const isMissing = (context: Context, path: Path): boolean => {
  const key = path.at(-1);
  const parent = valueAt(context.source.value, path.slice(0, -1));
  return key !== undefined && isMap(parent) && !Object.hasOwn(parent, String(key));
};

/** Did a member of a union refuse the value as a whole, so that its findings say nothing? */
const refusedWhole = (issues: readonly Issue[]): boolean =>
  issues.some(each => each.path.length === 0 && each.code !== 'unrecognized_keys' && each.code !== 'custom');

/** A failed union speaks as one: the member the value was meant for tells its findings, else all are named together. */
const union = (context: Context, path: Path, issue: Extract<Issue, { code: 'invalid_union' }>): Diagnostic[] => {
  if (issue.discriminator !== undefined) {
    const words = ((issue as { options?: readonly unknown[] }).options ?? []).map(String);
    const own = isMissing(context, path) ? missing(context, path, words) : wrongWord(context, path, words);
    return [own, ...checkWithoutKind(context, path, diagnosticsOf)];
  }
  const meant = issue.errors.filter(each => !refusedWhole(each)).sort((a, b) => a.length - b.length)[0];
  if (meant) return meant.flatMap(each => diagnosticsOf(context, each, path));
  return [wrongType(context, path)];
};

/** What one issue of zod means to the person who wrote the text. */
export const diagnosticsOf = (context: Context, issue: Issue, above: Path = []): Diagnostic[] => {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(context, path, key));
  if (issue.code === 'invalid_union' && (issue.discriminator !== undefined || !isMissing(context, path)))
    return union(context, path, issue);
  if (isMissing(context, path)) return [missing(context, path)];
  if (issue.code === 'invalid_key') return [wrongKey(context, path)];
  if (issue.code === 'invalid_value') return [wrongType(context, path)];
  if (issue.code === 'invalid_format') return [wrongForm(context, path)];
  if (issue.code === 'too_small' || issue.code === 'too_big') return [outOfRange(context, path, issue)];
  if (issue.code === 'custom')
    return [finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${issue.message}.` })];
  return [wrongType(context, path)];
};
