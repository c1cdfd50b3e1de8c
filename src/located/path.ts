/** Where a value is: keys of maps and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

/** `stages.cpt.optimizer.lr`, as people write it. Keys may hold dots themselves (`datasets.swallow-corpus-v3.2`). */
export const pathText = (path: Path): string => path.join('.');

/** A map key for a path; NUL cannot be part of a key, so different paths differ. */
export const pathKey = (path: Path): string => path.join('\0');

export const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** One step down; undefined where there is nothing. */
export const childOf = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return value[Number(key)];
  return isMap(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : undefined;
};

export const valueAt = (value: unknown, path: Path): unknown => path.reduce<unknown>(childOf, value);

/** The keys of a map or the indexes of a list; nothing for anything else. */
export const keysOf = (value: unknown): (string | number)[] => {
  if (Array.isArray(value)) return value.map((_, index) => index);
  return isMap(value) ? Object.keys(value) : [];
};

/** How far a written path goes into a value: the part that exists, and the text that is left over. */
export interface Reached {
  readonly path: Path;
  readonly rest: string;
}

/**
 * Reads a written path against a value. A key that holds dots is found too: at each step the longest key that fits is
 * tried first. `rest` is empty when the whole path exists.
 */
export const reach = (value: unknown, text: string): Reached => {
  let deepest: Reached = { path: [], rest: text };
  const step = (here: unknown, path: Path, rest: string): Reached | undefined => {
    if (rest.length < deepest.rest.length) deepest = { path, rest };
    if (rest === '') return { path, rest };
    const fitting = keysOf(here)
      .filter(key => rest === String(key) || rest.startsWith(`${key}.`))
      .sort((a, b) => String(b).length - String(a).length);
    for (const key of fitting) {
      const found = step(childOf(here, key), [...path, key], rest.slice(String(key).length + 1));
      if (found) return found;
    }
    return undefined;
  };
  return step(value, [], text) ?? deepest;
};

/** Every leaf: a scalar, an empty map or an empty list; lists of scalars count as one leaf. */
export const leavesOf = (value: unknown, path: Path = []): Path[] => {
  if (Array.isArray(value) && !value.some(each => each !== null && typeof each === 'object')) return [path];
  const keys = keysOf(value);
  if (keys.length === 0) return [path];
  return keys.flatMap(key => leavesOf(childOf(value, key), [...path, key]));
};

/** A value without what is at a path; lists keep their length, so that other paths stay true. */
export const withoutPath = (value: unknown, path: Path): unknown => {
  const [key, ...rest] = path;
  if (key === undefined || childOf(value, key) === undefined) return value;
  if (Array.isArray(value)) return value.map((each, index) => (index === Number(key) ? withoutPath(each, rest) : each));
  const { [String(key)]: here, ...others } = value as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [String(key)]: withoutPath(here, rest) };
};

/** A value with another one at a path, which may go through lists. */
export const withValue = (here: unknown, path: Path, value: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(here))
    return here.map((each, index) => (index === Number(key) ? withValue(each, rest, value) : each));
  return { ...(isMap(here) ? here : {}), [key]: withValue(childOf(here, key), rest, value) };
};
