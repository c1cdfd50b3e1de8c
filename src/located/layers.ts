import type { Place } from '../model/diagnostic.ts';
import type { Located } from './located.ts';
import { childOf, isMap, type Path, pathKey, valueAt, withValue } from './path.ts';

/** Where a value comes from. `text`: its source text as written, quotes included; only scalars have one. */
export type Origin =
  | { readonly kind: 'written'; readonly at: Place; readonly text?: string | undefined }
  | { readonly kind: 'default'; readonly where: string }
  | { readonly kind: 'override'; readonly arg: string; readonly text?: string | undefined };

/** A value that knows where each of its parts is from; several of them merge into one. */
export interface Layer {
  readonly value: unknown;
  place(path: Path, which?: 'key' | 'value'): Place | undefined;
  source(path: Path): string | undefined;
  origin(path: Path): Origin | undefined;
}

/** A whole file as a layer. */
export const fileLayer = (located: Located): Layer => ({
  value: located.value,
  place: located.place,
  source: located.source,
  origin: path => {
    const at = located.place(path);
    return at && { kind: 'written', at, text: located.source(path) };
  },
});

/** A part of a layer, as if it stood at the root: `per_cluster.abci3` over the whole recipe. */
export const partOf = (layer: Layer, prefix: Path): Layer => ({
  value: valueAt(layer.value, prefix),
  place: (path, which) => layer.place([...prefix, ...path], which),
  source: path => layer.source([...prefix, ...path]),
  origin: path => layer.origin([...prefix, ...path]),
});

/** Which layer the value at a path was taken from. */
type Homes = Map<string, Layer>;

const nearestHome = (homes: Homes, path: Path): Layer | undefined => {
  for (let length = path.length; length >= 0; length -= 1) {
    const home = homes.get(pathKey(path.slice(0, length)));
    if (home) return home;
  }
  return undefined;
};

const fromHomes = (value: unknown, homes: Homes): Layer => ({
  value,
  place: (path, which) => nearestHome(homes, path)?.place(path, which),
  source: path => nearestHome(homes, path)?.source(path),
  origin: path => nearestHome(homes, path)?.origin(path),
});

interface Candidate {
  readonly layer: Layer;
  readonly value: unknown;
}

const keysInOrder = (maps: readonly Candidate[]): string[] => [
  ...new Set(maps.flatMap(({ value }) => Object.keys(value as object))),
];

/** Maps merge, anything else replaces. A path in `whole` is replaced even where both sides are maps. */
const merge = (candidates: readonly Candidate[], path: Path, homes: Homes, whole: ReadonlySet<string>): unknown => {
  const last = candidates.at(-1);
  if (!last) return undefined;
  homes.set(pathKey(path), last.layer);
  const firstMap = candidates.findLastIndex(({ value }) => !isMap(value)) + 1;
  const maps = whole.has(pathKey(path)) ? candidates.slice(-1) : candidates.slice(firstMap);
  if (!isMap(last.value)) return last.value;
  const entries = keysInOrder(maps).map(key => {
    const owners = maps.filter(({ value }) => Object.hasOwn(value as object, key));
    const below = owners.map(({ layer, value }) => ({ layer, value: childOf(value, key) }));
    return [key, merge(below, [...path, key], homes, whole)];
  });
  return Object.fromEntries(entries);
};

/** Layers from the lowest to the highest as one. */
export const mergeLayers = (layers: readonly Layer[], whole: readonly string[] = []): Layer => {
  const homes: Homes = new Map();
  const candidates = layers.map(layer => ({ layer, value: layer.value }));
  const value = merge(candidates, [], homes, new Set(whole));
  return fromHomes(value, homes);
};

/** One value put over a layer, at a path that may go through lists: what `--set` does. */
export const override = (below: Layer, path: Path, above: Layer, arg: string): Layer => {
  const old = valueAt(below.value, path);
  const merged = isMap(old) && isMap(above.value) ? mergeLayers([partOf(below, path), above]).value : above.value;
  const isOurs = (asked: Path): boolean =>
    path.every((key, index) => String(asked[index]) === String(key)) &&
    valueAt(above.value, asked.slice(path.length)) !== undefined;
  const rest = (asked: Path): Path => asked.slice(path.length);
  return {
    value: withValue(below.value, path, merged),
    place: (asked, which) => (isOurs(asked) ? above.place(rest(asked), which) : below.place(asked, which)),
    source: asked => (isOurs(asked) ? above.source(rest(asked)) : below.source(asked)),
    origin: asked => (isOurs(asked) ? { kind: 'override', arg, text: above.source(rest(asked)) } : below.origin(asked)),
  };
};

/** Keys of the environment keep the text that was written: `1.0` must not become `1`, nor `true` a boolean. */
const ENVIRONMENTS = new Set(['env', 'submit_env']);

const asText = (layer: Layer, value: unknown, path: Path): unknown => {
  const source = layer.source(path);
  return (typeof value === 'number' || typeof value === 'boolean') && source !== undefined ? source : value;
};

/** The layer's value with every value of an environment as the text that was written. */
export const withWrittenEnvironments = (layer: Layer): Layer => {
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => walk(each, [...path, index]));
    if (!isMap(value)) return value;
    const inEnvironment = ENVIRONMENTS.has(String(path.at(-1)));
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        inEnvironment ? asText(layer, each, [...path, key]) : walk(each, [...path, key]),
      ]),
    );
  };
  return { ...layer, value: walk(layer.value, []) };
};
