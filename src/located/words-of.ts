import type * as z from 'zod';
import { descriptionOf, type Kind, kindsOf, literals } from './shape.ts';
import { isOldBoolean } from './traps.ts';

/** Long values are cut in messages; the frame below shows the line. */
const LONGEST_SHOWN = 60;

/** A value as a message shows it: text in quotes, numbers as written, containers by name. */
export const shown = (value: unknown, source?: string): string => {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return source ?? String(value);
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
};

const NAMES: Readonly<Record<Exclude<Kind, 'word'>, string>> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  map: 'a map',
  list: 'a list',
};

/** `none`, `a number or a map`: what a schema takes, in words. */
export const wanted = (schema: z.ZodType | undefined): string => {
  const words = literals(schema).map(String);
  const names = kindsOf(schema).flatMap(kind => (kind === 'word' ? [] : [NAMES[kind]]));
  const all = [...words, ...names];
  const list = all.length > 1 ? `${all.slice(0, -1).join(', ')} or ${all.at(-1)}` : all[0];
  return descriptionOf(schema) ?? list ?? 'another value';
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
  const digits = kinds.includes('number') ? number(value) : undefined;
  if (digits !== undefined) return digits === value && isQuoted ? 'remove the quotes.' : `write ${digits}.`;
  return kinds.includes('list') && !kinds.includes('text') ? `put it in brackets: [${source ?? value}]` : undefined;
};

const forNumber = (source: string, why: string): string => {
  if (why.startsWith('a time')) return `add the unit: ${source}s, ${source}m or ${source}h.`;
  if (why.startsWith('an amount of memory')) return `add the unit: ${source}GiB, for example.`;
  return `put it in quotes: '${source}'`;
};

/** The next thing to do about a value of the wrong kind, where the usual mistakes are known. */
export const typeHint = (
  value: unknown,
  source: string | undefined,
  schema: z.ZodType | undefined,
): string | undefined => {
  const kinds = kindsOf(schema);
  if (value === null) return 'give it a value, or take the key away.';
  if (typeof value === 'string') return forText(value, source, kinds);
  if (typeof value === 'object' || !kinds.includes('text')) return undefined;
  return forNumber(source ?? String(value), wanted(schema));
};
