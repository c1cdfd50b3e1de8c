import type * as z from 'zod/mini';
import type { Code } from '../model/codes.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Located } from './located.ts';
import { childOf, type Path, pathText, valueAt } from './path.ts';
import { keySchema, kindsOf, knownKeys, literals, schemaAt } from './shape.ts';
import { didYouMean, nearest } from './suggest.ts';
import { NAME_FORMS } from './words.ts';
import { formHint, oneOf, shown, typeHint, wanted } from './words-of.ts';

export type Issue = z.core.$ZodIssue;
/** Where values are written; a file, or several merged. */
export type Sourced = Pick<Located, 'value' | 'place' | 'source'>;

/** A hint for a key that another program has and we have not: never an alias, only what our word is. */
export interface Foreign {
  (key: string, path: Path, value: unknown): string | undefined;
  /** Our word for another program's, at the path of a key that takes a few words. */
  readonly word?: (written: string, path: Path) => string | undefined;
}

/** Everything needed to speak about an issue. */
export interface Context {
  readonly source: Sourced;
  readonly schema: z.core.$ZodType;
  readonly foreign: Foreign;
}

interface Words {
  readonly what: string;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
}

export const finding = (
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

/** The nearest known key, or that it is there already; else those that are not there yet. */
const presentOr = (key: string, known: readonly string[], map: unknown): string | undefined => {
  const near = nearest(key, known);
  if (near !== undefined && childOf(map, near) !== undefined) return `"${near}" is there already.`;
  return didYouMean(
    key,
    known.filter(each => childOf(map, each) === undefined),
  );
};

export const unknownKey = (context: Context, path: Path, key: string): Diagnostic => {
  const { value } = context.source;
  const here = schemaOf(context, path);
  const map = valueAt(value, path);
  const known = here ? knownKeys(here, map) : [];
  const below = known.filter(
    each => here && knownKeys(schemaAt(here, map, [each]) ?? here, childOf(map, each)).includes(key),
  );
  const moved = below[0] && !known.includes(key) ? `it belongs in ${below[0]}: ${below[0]}: {${key}: ...}` : undefined;
  const hint = context.foreign(key, path, value) ?? moved ?? presentOr(key, known, map);
  const where = path.length === 0 ? '' : ` in ${pathText(path)}`;
  return finding(context, 'MRT-R002', [...path, key], { what: `unknown key "${key}"${where}.`, hint }, 'key');
};

export const missing = (context: Context, path: Path, discriminators: readonly string[] = []): Diagnostic => {
  const schema = schemaOf(context, path);
  const words = [...discriminators, ...literals(schema)];
  const key = path.at(-1);
  const hint = `add "${key}: ${words.length > 0 ? words.join(' | ') : '...'}" here.`;
  const why = words.length > 0 || !schema ? undefined : `it holds ${wanted(schema)}.`;
  return finding(context, 'MRT-R003', path, { what: `${pathText(path)} is missing.`, why, hint }, 'key');
};

export const say = (context: Context, path: Path): string =>
  `${nameOf(path)} is ${shown(valueAt(context.source.value, path), context.source.source(path))}.`;

export const wrongType = (context: Context, path: Path): Diagnostic => {
  const schema = schemaOf(context, path);
  const value = valueAt(context.source.value, path);
  const source = context.source.source(path);
  if (pathText(path) === 'martlet') return wrongFormat(context);
  const hint = typeHint(value, source, schema);
  if (typeof value === 'string' && hint === undefined) {
    const kinds = kindsOf(schema);
    if (kinds.includes('text')) return wrongForm(context, path);
    if (kinds.includes('word')) return wrongWord(context, path);
  }
  return finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${wanted(schema)}.`, hint });
};

/** `no` is probably `none`, where there is such a word. */
const nearWord = (value: unknown, words: readonly string[]): string | undefined => {
  if (/^(no|n|off|false|null)$/i.test(String(value)) && words.includes('none')) return 'did you mean "none"?';
  const near = didYouMean(String(value), words);
  // The words themselves are in `why` already.
  return near?.startsWith('did') ? near : undefined;
};

const foreignWord = ({ foreign, source }: Context, path: Path): string | undefined => {
  const ours = foreign.word?.(String(valueAt(source.value, path)), path);
  return ours && `did you mean "${ours}"?`;
};

export const wrongWord = (
  context: Context,
  path: Path,
  words = literals(schemaOf(context, path)).map(String),
): Diagnostic => {
  const value = valueAt(context.source.value, path);
  const why = literals(schemaOf(context, path)).length > 0 ? wanted(schemaOf(context, path)) : oneOf(words);
  return finding(context, 'MRT-R004', path, {
    what: say(context, path),
    why: `expected ${why}.`,
    hint: foreignWord(context, path) ?? nearWord(value, words),
  });
};

const wrongFormat = (context: Context): Diagnostic =>
  finding(context, 'MRT-R006', ['martlet'], {
    what: say(context, ['martlet']),
    why: 'this version reads format 1.',
    hint: 'write "martlet: 1", or get the version it was written for.',
  });

export const outOfRange = (
  context: Context,
  path: Path,
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
): Diagnostic => {
  const [bound, small] = issue.code === 'too_small' ? [issue.minimum, true] : [issue.maximum, false];
  const unit = issue.origin === 'array' ? ' values' : issue.origin === 'string' ? ' characters' : '';
  const least = small ? (issue.inclusive ? 'at least' : 'more than') : issue.inclusive ? 'at most' : 'less than';
  return finding(context, 'MRT-R001', path, { what: say(context, path), why: `expected ${least} ${bound}${unit}.` });
};

export const wrongForm = (context: Context, path: Path): Diagnostic => {
  const schema = schemaOf(context, path);
  const why = wanted(schema);
  const code = why === NAME_FORMS ? 'MRT-R005' : 'MRT-R001';
  const value = valueAt(context.source.value, path);
  const text = typeof value === 'string' ? value : '';
  const hint = nearWord(value, literals(schema).map(String)) ?? formHint(text, why);
  return finding(context, code, path, { what: say(context, path), why: `expected ${why}.`, hint });
};

export const wrongKey = (context: Context, path: Path): Diagnostic => {
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
