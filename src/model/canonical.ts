import { createHash } from 'node:crypto';
import { compareText } from './compare.ts';

/** JSON with sorted keys and no `undefined`: equal values give equal bytes. Arrays keep their order. */
export const canonicalJson = (value: unknown, indent?: number): string => JSON.stringify(sorted(value), null, indent);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  // JSON.stringify puts integer-like keys first whatever we do; that order is stable too.
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)).map(([k, v]) => [k, sorted(v)]));
};

/** SHA-256, hexadecimal. Hashing needs no clock, dice, disk or net, so the pure half may do it. */
export const digest = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
