import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import { commaEnded, rejoined } from './comma.ts';
import { report, stop, type Walk } from './findings.ts';
import type { Offsets } from './located.ts';
import { type Path, pathKey } from './path.ts';
import { DEEPEST, keyTrap, numberTrap, TOO_DEEP, type Trap, tagTrap } from './traps.ts';

/** Values that aliases may add to a text altogether. */
const LARGEST_ALIASED = 10_000;

type Item = Pair<Node, Node | null>;

const TOO_MUCH: Trap = {
  code: 'MRT-Y004',
  what: 'its aliases make the text explode.',
  why: `aliases may add ${LARGEST_ALIASED} values altogether.`,
  hint: 'write the values out, or use fewer aliases inside anchors.',
};

const offsetsOf = (node: Node | null | undefined): Offsets | undefined =>
  node?.range ? [node.range[0], node.range[1]] : undefined;

const note = (walk: Walk, node: Node): void => {
  if (!isAlias(node) && 'anchor' in node && typeof node.anchor === 'string') walk.anchors.set(node.anchor, node);
};

/** A node to a plain value, with every trap on the way reported and every value's place noted. */
export const plainOf = (walk: Walk, node: Node | null, path: Path, key?: Offsets): unknown => {
  const offsets = offsetsOf(node) ?? key ?? [0, 0];
  if (path.length > DEEPEST) stop(walk, TOO_DEEP, [offsets[0], offsets[0] + 1], path);
  // Inside an alias every value counts: nine anchors that name each other nine times are a billion values.
  walk.aliased += walk.open.size > 0 ? 1 : 0;
  if (walk.aliased > LARGEST_ALIASED) stop(walk, TOO_MUCH, walk.alias ?? offsets, path);
  if (walk.stopped) return undefined;
  const source = isScalar(node) ? walk.text.slice(...offsets) : undefined;
  walk.entries.set(pathKey(path), { key, value: offsetsOf(node), source });
  if (node === null) return null;
  if (isAlias(node)) return aliasOf(walk, node, path, key);
  note(walk, node);
  const trap = tagTrap(node.tag);
  if (trap) report(walk, trap, offsets, path);
  if (isMap(node)) return mapOf(walk, node, path);
  if (isSeq(node)) return listOf(walk, node, path);
  return scalarOf(walk, node as Scalar, path);
};

const scalarOf = (walk: Walk, node: Scalar, path: Path): unknown => {
  const trap = numberTrap(node);
  if (trap) report(walk, trap, offsetsOf(node) ?? [0, 0], path);
  return node.value;
};

const listOf = (walk: Walk, node: YAMLSeq, path: Path): unknown[] =>
  node.items.map((item, index) => plainOf(walk, item as Node, [...path, index]));

const aliasOf = (walk: Walk, node: Alias, path: Path, key?: Offsets): unknown => {
  const target = walk.targets.get(node) ?? walk.anchors.get(node.source);
  const offsets = offsetsOf(node) ?? [0, 0];
  const wrong = (what: string, hint?: string): undefined =>
    report(walk, { code: 'MRT-Y004', what, hint }, offsets, path);
  if (!target) return wrong(`*${node.source} has no anchor in front of it.`, 'a text that begins with * needs quotes.');
  const [start, end] = offsetsOf(target) ?? [0, 0];
  if (walk.open.has(target) || (start <= offsets[0] && offsets[1] <= end))
    return wrong(`*${node.source} stands inside its own anchor.`);
  walk.targets.set(node, target);
  if (walk.open.size === 0) walk.alias = offsets;
  walk.open.add(target);
  const value = plainOf(walk, target, path, key);
  walk.open.delete(target);
  return value;
};

const mapOf = (walk: Walk, node: YAMLMap, path: Path): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  const items = node.items as Item[];
  const rests = commaEnded(node);
  let skipTo = -1;
  items.forEach((pair, index) => {
    if (walk.stopped || index <= skipTo) return;
    skipTo = rests.get(index) ?? skipTo;
    const key = keyOf(walk, pair, path, result);
    if (key === undefined) return;
    const own = [...path, key];
    const value = plainOf(walk, pair.value, own, offsetsOf(pair.key));
    const last = skipTo > index ? items[skipTo]?.key : undefined;
    result[key] = last && pair.value ? rejoined(walk, pair.value, last, own) : value;
  });
  return result;
};

const NOT_TEXT: Trap = {
  code: 'MRT-Y007',
  what: 'a key is not text.',
  why: 'keys are text, not lists, maps or aliases.',
  hint: 'a text with braces or brackets needs quotes.',
};

const keyOf = (walk: Walk, pair: Item, path: Path, done: Readonly<Record<string, unknown>>): string | undefined => {
  const offsets = offsetsOf(pair.key) ?? [0, 0];
  if (!isScalar(pair.key)) return report(walk, NOT_TEXT, offsets, path);
  note(walk, pair.key);
  const trap = keyTrap(pair.key) ?? tagTrap(pair.key.tag);
  const key = String(pair.key.value);
  if (trap) report(walk, trap, offsets, [...path, key]);
  if (trap?.code === 'MRT-Y005' || key === '__proto__') return undefined;
  if (!Object.hasOwn(done, key)) return key;
  const first = walk.entries.get(pathKey([...path, key]))?.key ?? offsets;
  const why = `it is already in line ${walk.places.at(first).line}.`;
  const twice: Trap = { code: 'MRT-Y003', what: `"${key}" is written twice.`, why, hint: 'take one of them away.' };
  return report(walk, twice, offsets, [...path, key]);
};
