import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';

/** A measured number for one file of `copies:`; `index` is missing where the copy is one path. */
export interface MeasuredCopy {
  /** `dataset:NAME@TOKENIZER`. */
  readonly key: string;
  readonly index?: number | undefined;
  readonly tokens: number;
}

export interface Rewritten {
  readonly text: string;
  /** How many numbers are now other ones, or there at all. */
  readonly changed: number;
  /** Copies whose place in the text cannot be edited: an alias, or nothing of that name. */
  readonly unplaced: readonly MeasuredCopy[];
}

/** Text to put between two offsets. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const rangeOf = (node: Node): readonly [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];

const keyed = (node: unknown, key: string): Pair<Node, Node> | undefined =>
  isMap(node)
    ? (node.items.find(each => isScalar(each.key) && each.key.value === key) as Pair<Node, Node> | undefined)
    : undefined;

/** Columns before an offset on its line: where the keys of a block map stand. */
const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1);

/** `tokens: N` in a map that has a prefix: in the place of the old number, else behind the prefix as its map is written. */
const inFile = (text: string, file: unknown, tokens: number): Edit | undefined => {
  const [prefix, old] = [keyed(file, 'prefix'), keyed(file, 'tokens')];
  if (!isMap(file) || !prefix?.value || !isScalar(prefix.value)) return undefined;
  if (old && !isScalar(old.value)) return undefined;
  if (old?.value) {
    const [from, to] = rangeOf(old.value);
    return { from, to, text: String(tokens) };
  }
  const [, to] = rangeOf(prefix.value);
  if (file.flow) return { from: to, to, text: `, tokens: ${tokens}` };
  const margin = ' '.repeat(columnOf(text, rangeOf(prefix.key)[0]));
  // Behind a comment on the same line.
  const end = to + text.slice(to).search(/\r?\n|$/);
  return { from: end, to: end, text: `${text[end] === '\r' ? '\r\n' : '\n'}${margin}tokens: ${tokens}` };
};

/** A path becomes `{files: [{prefix: PATH, tokens: N}]}` on the same line. */
const inPath = (text: string, value: unknown, tokens: number): Edit | undefined => {
  if (!isScalar(value) || typeof value.value !== 'string') return undefined;
  const [from, to] = rangeOf(value);
  const written = text.slice(from, to);
  const isPlain = /^[A-Za-z0-9_/.@+=-]+$/.test(written) || /^(['"]).*\1$/.test(written);
  const prefix = isPlain ? written : JSON.stringify(value.value);
  return { from, to, text: `{files: [{prefix: ${prefix}, tokens: ${tokens}}]}` };
};

const editFor = (text: string, copies: unknown, { key, index, tokens }: MeasuredCopy): Edit | undefined => {
  const copy = keyed(copies, key)?.value;
  if (index === undefined) return inPath(text, copy, tokens);
  const files: unknown = keyed(copy, 'files')?.value;
  const items: readonly unknown[] = isSeq(files) ? files.items : [];
  return inFile(text, items[index], tokens);
};

/**
 * The text of an overlay with measured numbers of tokens in `copies:`. Only they change: comments, quotes and the order of
 * everything stay as the person wrote them. Numbers that are right already are left as they are.
 */
export const withTokens = (text: string, measured: readonly MeasuredCopy[]): Rewritten => {
  const copies = keyed(parseDocument(text).contents, 'copies')?.value;
  const placed = measured.map(each => ({ each, edit: editFor(text, copies, each) }));
  const edits = placed
    .flatMap(({ edit }) => edit ?? [])
    .filter(({ from, to, text: now }) => text.slice(from, to) !== now)
    .sort((a, b) => b.from - a.from);
  const edited = edits.reduce((now, edit) => now.slice(0, edit.from) + edit.text + now.slice(edit.to), text);
  return {
    text: edited,
    changed: edits.length,
    unplaced: placed.flatMap(({ each, edit }) => (edit === undefined ? [each] : [])),
  };
};
