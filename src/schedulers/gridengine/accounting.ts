import type { Output } from '../../model/output.ts';

/** One record of qacct: a run of a job, of an array's element, or (elsewhere than its first host) of a part of it. */
export type Fields = ReadonlyMap<string, string>;

const fieldsOf = (block: string): Fields => {
  const lines = [...block.matchAll(/^(\S+)[ \t]+(.*)$/gm)];
  return new Map(lines.map(([, key = '', value = '']) => [key, value.trim()] as const).reverse());
};

/** Blocks under `====`, in the order of the file: a later run stands later. */
export const readRecords = (text: string): Fields[] =>
  text
    .split(/^=+$/m)
    .map(fieldsOf)
    .filter(fields => fields.has('jobnumber'));

/** qacct's word for nothing found, with exit code 1. */
export const hasNone = (out: Output): boolean =>
  out.code === 1 && /^error: job (?:id|name) .* not found$/m.test(out.stdout);

/** No qacct here: the site keeps accounting elsewhere, if at all. */
export const isAbsent = (out: Output): boolean => out.code === 127;
