import type { Node, Pair, YAMLMap } from 'yaml';
import { isScalar } from 'yaml';
import { report, type Walk } from './findings.ts';
import { type Path, pathKey } from './path.ts';

/** A key in `{ }` with nothing after it, not even a colon. */
const isBare = (pair: Pair): boolean => pair.value === null && isScalar(pair.key) && pair.key.type === 'PLAIN';

const isPlainText = (value: unknown): boolean => isScalar(value) && value.type === 'PLAIN' && value.source !== '';

/**
 * `{note: one, two}` is a note "one" and a key "two" to YAML. This finds such keys: for each index of a pair whose value is
 * a plain text, the index of the last bare key that belongs to it.
 */
export const commaEnded = (map: YAMLMap): ReadonlyMap<number, number> => {
  const rests = new Map<number, number>();
  if (map.flow !== true) return rests;
  let owner: number | undefined;
  map.items.forEach((pair, index) => {
    if (!isBare(pair)) owner = isPlainText(pair.value) ? index : undefined;
    else if (owner !== undefined) rests.set(owner, index);
  });
  return rests;
};

/**
 * The whole text as it was meant, with a warning: a key without a colon means nothing in any of our formats. Other readers
 * see a key there, so the quotes are asked for.
 */
export const rejoined = (walk: Walk, first: Node, last: Node, path: Path): string => {
  const start = first.range?.[0] ?? 0;
  const end = last.range?.[1] ?? start;
  const source = walk.text.slice(start, end);
  walk.entries.set(pathKey(path), { ...walk.entries.get(pathKey(path)), value: [start, end], source });
  const what = 'a comma ends a text inside { }; it is read as part of the text here.';
  const why = 'to other YAML readers the words after it are a key of their own.';
  report(walk, { code: 'MRT-Y020', what, why, hint: 'put the text in quotes.' }, [start, end], path, 'warning');
  return source.replace(/[ \t]*\r?\n[ \t]*/g, ' ');
};
