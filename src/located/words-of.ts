import type * as z from 'zod/mini';
import { descriptionOf, type Kind, kindsOf, literals } from './shape.ts';
import { isOldBoolean } from './traps.ts';

/** Long values are cut in messages; the frame below shows the line. */
const LONGEST_SHOWN = 60;

/** A value as a message shows it: text in quotes, numbers as written, containers by name. */
export const shown = (value: unknown, source?: string): string => {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return source ?? String(value);
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
};

const NAMES: Readonly<Record<Exclude<Kind, 'word'>, string>> = {
  text: 'text',
  number: 'a number',
  whole: 'a whole number',
  boolean: 'true or false',
  map: 'a map',
  list: 'a list',
};

/** `a, b or c`. */
export const oneOf = (words: readonly string[]): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? 'nothing');

/** `none`, `a number or a map`: what a schema takes, in words. */
export const wanted = (schema: z.core.$ZodType | undefined): string => {
  const words = literals(schema).map(String);
  const names = kindsOf(schema).flatMap(kind => (kind === 'word' ? [] : [NAMES[kind]]));
  const all = [...words, ...names];
  return descriptionOf(schema) ?? (all.length > 0 ? oneOf(all) : 'another value');
};

const number = (text: string): string | undefined => {
  const digits = text.replaceAll(/[_,\s]/g, '');
  return digits !== '' && Number.isFinite(Number(digits)) ? digits : undefined;
};

const forText = (value: string, source: string | undefined, kinds: readonly Kind[]): string | undefined => {
  const isQuoted = source !== undefined && /^['"]/.test(source);
  if (kinds.includes('boolean') && isOldBoolean(value))
    return `write ${/^(y|yes|on)$/i.test(value) ? 'true' : 'false'}: YAML 1.2 has no other words for it.`;
  if (kinds.includes('boolean') && /^(true|false)$/i.test(value)) return 'remove the quotes.';
  const digits = kinds.includes('number') || kinds.includes('whole') ? number(value) : undefined;
  if (digits !== undefined) return digits === value && isQuoted ? 'remove the quotes.' : `write ${digits}.`;
  return kinds.includes('list') && !kinds.includes('text') ? `put it in brackets: [${source ?? value}]` : undefined;
};

const forNumber = (source: string, why: string): string => {
  if (why.startsWith('a time with')) return `add the unit: ${source}s, ${source}m or ${source}h.`;
  if (why.startsWith('an amount of memory')) return `add the unit: ${source}GiB, for example.`;
  if (why.startsWith('an amount with its currency')) return `add the currency: ${source}JPY, for example.`;
  return `put it in quotes: '${source}'`;
};

/** The next thing to do about a value of the wrong kind, where the usual mistakes are known. */
export const typeHint = (
  value: unknown,
  source: string | undefined,
  schema: z.core.$ZodType | undefined,
): string | undefined => {
  const kinds = kindsOf(schema);
  if (value === null) return 'give it a value, or take the key away.';
  if (typeof value === 'string') return forText(value, source, kinds);
  if (typeof value === 'object' || !kinds.includes('text')) return undefined;
  return forNumber(source ?? String(value), wanted(schema));
};

/** A number and its unit as people write them elsewhere: `210 Billion`, `24 hours`, `80 G`. */
const WRITTEN = /^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)$/;

const mendedUnit = (value: string, why: string): string | undefined => {
  const [, digits, unit = ''] = WRITTEN.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const first = unit.charAt(0);
  if (/^(a count|a weight)/.test(why))
    return /[kmbt]/i.test(first) ? `${digits}${first.toUpperCase().replace('K', 'k')}` : undefined;
  if (why.startsWith('a time with')) return /[smhd]/i.test(first) ? `${digits}${first.toLowerCase()}` : undefined;
  if (!why.startsWith('an amount of memory')) return undefined;
  return /^[KMGTP]i?B?$/i.test(unit) ? `${digits}${first.toUpperCase()}${/i/.test(unit) ? 'i' : ''}B` : undefined;
};

/** The next thing to do about a text that has not the form its key wants. */
export const formHint = (value: string, why: string): string | undefined => {
  if (why.startsWith('a name')) {
    const mended = value
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z]+|-+$/g, '')
      .slice(0, 64);
    return mended === '' ? undefined : `"${mended}" would do.`;
  }
  const unit = mendedUnit(value, why);
  return unit === undefined ? undefined : `write ${unit}.`;
};
