import type { Seen, SeenJob } from './dialect.ts';

/** What an array is when its elements differ: the first of these that one of them is. */
const ORDER: readonly Seen[] = [
  ...(['running', 'starting', 'suspended', 'queued', 'held', 'stuck'] as const),
  ...(['unknown', 'ending', 'ended'] as const),
];

const most = (numbers: readonly (number | undefined)[]): number | undefined => {
  const known = numbers.flatMap(each => each ?? []);
  return known.length > 0 ? Math.max(...known) : undefined;
};

/**
 * One word for all lines a queue has of one id. An array runs while any element does, and has ended only when none is left;
 * `raw` has each of the scheduler's words once, so that it changes with a state and not with every count.
 */
export const together = (elements: readonly SeenJob[]): SeenJob => {
  const [only] = elements;
  if (only && elements.length === 1) return only;
  const first = ORDER.flatMap(seen => elements.find(each => each.seen === seen) ?? [])[0];
  const restarts = most(elements.map(each => each.restarts));
  const left = elements.filter(each => each.seen !== 'ended');
  return {
    seen: first?.seen ?? 'unknown',
    raw: [...new Set((left.length > 0 ? left : elements).map(each => each.raw))].sort().join(', '),
    ...(first?.reason === undefined ? {} : { reason: first.reason }),
    ...(restarts === undefined ? {} : { restarts }),
  };
};

/** Lines by id, in order; only ids that were asked for. */
export const byId = <T>(
  lines: readonly (readonly [id: string, T])[],
  nativeIds: readonly string[],
): ReadonlyMap<string, readonly T[]> => {
  const wanted = new Set(nativeIds);
  const found = new Map<string, T[]>();
  for (const [id, line] of lines) {
    const known = found.get(id);
    if (known) known.push(line);
    else if (wanted.has(id)) found.set(id, [line]);
  }
  return found;
};

/** A poll's jobs from all lines of a queue. */
export const jobsOf = (
  lines: readonly (readonly [id: string, SeenJob])[],
  nativeIds: readonly string[],
): ReadonlyMap<string, SeenJob> =>
  new Map([...byId(lines, nativeIds)].map(([id, elements]) => [id, together(elements)]));
