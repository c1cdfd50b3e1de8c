/** What stands at a path: `closed` may not be read, `shut` lies behind a folder that may not be entered. */
const KINDS = ['file', 'folder', 'missing', 'closed', 'shut', 'dangling', 'odd'] as const;
export type FileKind = (typeof KINDS)[number];

export interface SeenFile {
  readonly kind: FileKind;
  readonly bytes: number;
}

/**
 * A dataset's two files as templates/look/pairs.sh saw them. Of the `.idx` only what tells the whole: its first 34 bytes; the
 * length of the last sequence and the offset of the first (12 bytes); the offset of the last and the first entry of the
 * document index (16 bytes); the last entry (8 bytes). Empty where the file's size does not fit its header.
 */
export interface SeenPair {
  readonly idx: SeenFile;
  readonly bin: SeenFile;
  readonly head: Buffer;
  readonly middle: Buffer;
  readonly turn: Buffer;
  readonly last: Buffer;
}

const kindOf = (text: string): FileKind => KINDS.find(each => each === text) ?? 'odd';

const pairOf = (line: string): SeenPair => {
  const [, idx = '', idxBytes, bin = '', binBytes, ...hex] = line.split('\t');
  const [head, middle, turn, last] = [0, 1, 2, 3].map(at => Buffer.from(hex[at] ?? '', 'hex')) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  return {
    idx: { kind: kindOf(idx), bytes: Number(idxBytes) },
    bin: { kind: kindOf(bin), bytes: Number(binBytes) },
    head,
    middle,
    turn,
    last,
  };
};

/** The answer of pairs.sh, in the order asked; undefined when it is not whole. */
export const readPairs = (stdout: string, count: number): readonly SeenPair[] | undefined => {
  const lines = stdout.split('\n').filter(Boolean);
  const isWhole =
    lines.pop() === 'end' && lines.length === count && lines.every((each, i) => each.startsWith(`${i}\t`));
  return isWhole ? lines.map(pairOf) : undefined;
};
