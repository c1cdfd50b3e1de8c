import type * as z from 'zod';
import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Located } from './located.ts';
import { childOf, isMap, type Path, pathText, valueAt } from './path.ts';
import { keySchema, knownKeys, literals, optionsOf, schemaAt } from './shape.ts';
import { didYouMean } from './suggest.ts';
import { NAME_FORMS } from './words.ts';
import { shown, typeHint, wanted } from './words-of.ts';

export type Issue = z.core.$ZodIssue;
/** Where values are written; a file, or several merged. */
export type Sourced = Pick<Located, 'value' | 'place' | 'source'>;

/** A hint for a key that another program has and we have not: never an alias, only what our word is. */
export type Foreign = (key: string, path: Path, value: unknown) => string | undefined;

/** Everything needed to speak about an issue. */
export interface Context {
  readonly source: Sourced;
  readonly schema: z.ZodType;
  readonly foreign: Foreign;
}

interface Words {
  readonly what: string;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

const finding = (
  context: Context,
  code: Code,
  path: Path,
  words: Words,
  which: 'key' | 'value' = 'value',
): Diagnostic => ({
  code,
  severity: 'error',
  ...words,
  at: context.source.place(path, which),
  path: pathText(path),
});

const schemaOf = (context: Context, path: Path) => schemaAt(context.schema, context.source.value, path);
const nameOf = (path: Path): string => (path.length === 0 ? 'the file' : pathText(path));

const unknownKey = (context: Context, path: Path, key: string): Diagnostic => {
  const { value } = context.source;
  const here = schemaOf(context, path);
  const map = valueAt(value, path);
  const known = here ? knownKeys(here, map) : [];
  const below = known.filter(
    each => here && knownKeys(schemaAt(here, map, [each]) ?? here, childOf(map, each)).includes(key),
  );
  const moved = below[0] && !known.includes(key) ? `it belongs in ${below[0]}: ${below[0]}: {${key}: ...}` : undefined;
  const hint =
    context.foreign(key, path, value) ??
    moved ??
    didYouMean(
      key,
      known.filter(each => !Object.hasOwn(map as object, each)),
    );
  const where = path.length === 0 ? '' : ` in ${pathText(path)}`;
  return finding(context, 'MRT-R002', [...path, key], { what: `unknown key "${key}"${where}.`, hint }, 'key');
};

const missing = (context: Context, path: Path): Diagnostic => {
  const schema = schemaOf(context, path);
  const words = literals(schema);
  const key = path.at(-1);
  const hint = `add "${key}: ${words.length > 0 ? words.join(' | ') : '...'}" here.`;
  const why = words.length > 0 || !schema ? undefined : `it holds ${wanted(schema)}.`;
  return finding(context, 'MRT-R003', path, { what: `${pathText(path)} is missing.`, why, hint }, 'key');
};

const isMissing = (context: Context, path: Path): boolean => {
  const key = path.at(-1);
  const parent = valueAt(context.source.value, path.slice(0, -1));
  return key !== undefined && isMap(parent) && !Object.hasOwn(parent, String(key));
};

const say = (context: Context, path: Path): string =>
  `${nameOf(path)} is ${shown(valueAt(context.source.value, path), context.source.source(path))}.`;

const wrongType = (context: Context, path: Path): Diagnostic => {
  const schema = schemaOf(context, path);
  const value = valueAt(context.source.value, path);
  const words = literals(schema).map(String);
  if (
    typeof value === 'string' &&
    words.length > 0 &&
    typeHint(value, context.source.source(path), schema) === undefined
  )
    return wrongWord(context, path);
  const hint = typeHint(value, context.source.source(path), schema);
  return finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${wanted(schema)}.`, hint });
};

const wrongWord = (context: Context, path: Path): Diagnostic => {
  const schema = schemaOf(context, path);
  const value = valueAt(context.source.value, path);
  const words = literals(schema).map(String);
  if (words.length === 1 && words[0] === '1') {
    const why = 'this version reads format 1.';
    return finding(context, 'MRT-R006', path, {
      what: say(context, path),
      why,
      hint: 'write "martlet: 1", or get the version it was written for.',
    });
  }
  const near = didYouMean(String(value), words);
  const hint = near?.startsWith('known') ? undefined : near;
  return finding(context, 'MRT-R004', path, { what: say(context, path), why: `expected ${wanted(schema)}.`, hint });
};

const outOfRange = (
  context: Context,
  path: Path,
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
): Diagnostic => {
  const [bound, small] = issue.code === 'too_small' ? [issue.minimum, true] : [issue.maximum, false];
  const unit = issue.origin === 'array' ? ' values' : issue.origin === 'string' ? ' characters' : '';
  const least = small ? (issue.inclusive ? 'at least' : 'more than') : issue.inclusive ? 'at most' : 'less than';
  return finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${least} ${bound}${unit}.` });
};

const wrongForm = (context: Context, path: Path): Diagnostic => {
  const why = wanted(schemaOf(context, path));
  const code = why === NAME_FORMS ? 'MRT-R005' : 'MRT-R001';
  const value = valueAt(context.source.value, path);
  const hint = typeof value === 'string' ? formHint(value, why) : undefined;
  return finding(context, code, path, { what: say(context, path), why: `expected ${why}.`, hint });
};

const formHint = (value: string, why: string): string | undefined => {
  if (!why.startsWith('a name'))
    return /^\S+\s+\S+$/.test(value) && /^[0-9]/.test(value) ? `write ${value.replace(/\s/g, '')}.` : undefined;
  const mended = value
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, 64);
  return mended === '' ? undefined : `"${mended}" would do.`;
};

const wrongKey = (context: Context, path: Path): Diagnostic => {
  const parent = path.slice(0, -1);
  const schema = schemaOf(context, parent);
  const keys = schema && keySchema(schema, valueAt(context.source.value, parent));
  const why = wanted(keys);
  const words = literals(keys).map(String);
  const key = String(path.at(-1));
  const hint = words.length > 0 ? didYouMean(key, words) : formHint(key, why);
  return finding(
    context,
    why === NAME_FORMS ? 'MRT-R005' : 'MRT-R001',
    path,
    { what: `"${key}" cannot be a key in ${nameOf(parent)}.`, why: `expected ${why}.`, hint },
    'key',
  );
};

/** Did a member of a union refuse the value as a whole, so that its findings say nothing? */
const refusedWhole = (issues: readonly Issue[]): boolean =>
  issues.some(each => each.path.length === 0 && each.code !== 'unrecognized_keys' && each.code !== 'custom');

/** A failed union speaks as one: the member the value was meant for tells its findings, else all are named together. */
const union = (context: Context, path: Path, issue: Extract<Issue, { code: 'invalid_union' }>): Diagnostic[] => {
  if (issue.discriminator !== undefined)
    return isMissing(context, path) ? [missing(context, path)] : [wrongWord(context, path)];
  const meant = issue.errors.filter(each => !refusedWhole(each)).sort((a, b) => a.length - b.length)[0];
  if (meant) return meant.flatMap(each => diagnosticsOf(context, each, path));
  const unit =
    optionsOf(schemaOf(context, path)).length > 0 &&
    issue.errors.some(each => each.some(({ code }) => code === 'invalid_format' || code === 'custom'));
  return [
    unit && typeof valueAt(context.source.value, path) === 'string'
      ? quotedOrForm(context, path)
      : wrongType(context, path),
  ];
};

/** `"25000"` where a count or 25000 is taken is a matter of quotes; `210 Billion` one of form. */
const quotedOrForm = (context: Context, path: Path): Diagnostic => {
  const words = literals(schemaOf(context, path));
  return words.length > 0 ? wrongType(context, path) : wrongForm(context, path);
};

/** What one issue of zod means to the person who wrote the text. */
export const diagnosticsOf = (context: Context, issue: Issue, above: Path = []): Diagnostic[] => {
  const path = [...above, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => unknownKey(context, path, key));
  if (issue.code === 'invalid_union')
    return isMissing(context, path) ? [missing(context, path)] : union(context, path, issue);
  if (isMissing(context, path)) return [missing(context, path)];
  if (issue.code === 'invalid_key') return [wrongKey(context, path)];
  if (issue.code === 'invalid_value') return [wrongType(context, path)];
  if (issue.code === 'invalid_format') return [wrongForm(context, path)];
  if (issue.code === 'too_small' || issue.code === 'too_big') return [outOfRange(context, path, issue)];
  if (issue.code === 'custom')
    return [finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${issue.message}.` })];
  return [wrongType(context, path)];
};
