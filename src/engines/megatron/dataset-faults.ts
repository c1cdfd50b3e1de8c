import type { Code } from '../../model/codes.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { formatBytes } from '../../model/units.ts';
import type { FileKind, SeenFile, SeenPair } from './dataset-pair.ts';
import { HEADER, MAGIC, TOKEN_BYTES } from './indexed-dataset.ts';

/** How much a dataset holds. `documents` is one for each sequence where sentences were not split. */
export interface DatasetSize {
  readonly tokens: number;
  readonly sequences: number;
  readonly documents: number;
}

/** A fault of one pair; whoever knows where the pair is named adds the place. */
export type Fault = Pick<Diagnostic, 'code' | 'severity' | 'what' | 'why' | 'hint'>;

/** What one pair is: its size when it is whole, and everything wrong with it. */
export interface Judged {
  readonly size?: DatasetSize | undefined;
  readonly faults: readonly Fault[];
}

/** The names of numpy, by code (DType of megatron/core/datasets/indexed_dataset.py). */
const DTYPES: Readonly<Record<number, string>> = {
  ...{ 1: 'uint8', 2: 'int8', 3: 'int16', 4: 'int32', 5: 'int64', 6: 'float64', 7: 'float32', 8: 'uint16' },
};
const [INT32, UINT16] = [4, 8];

/** preprocess_data.py writes uint16 below this vocabulary and int32 from it on (DType.optimal_dtype). */
const WIDE_VOCABULARY = 65500;

const fault = (code: Code, what: string, more: Partial<Fault> = {}): Fault => ({
  code,
  severity: 'error',
  what,
  ...more,
});

const SAID: Readonly<Record<FileKind, string>> = {
  file: 'is there',
  folder: 'is a folder',
  missing: 'is missing',
  closed: 'may not be read by you',
  shut: 'lies in a folder that you may not enter',
  dangling: 'is a link to a file that is not there',
  odd: 'is a pipe or a device',
};

const hintFor = (prefix: string, kind: FileKind): string => {
  const ending = /\.(idx|bin)$/.exec(prefix)?.[0];
  if (ending) return `leave ${ending} out: a prefix names both files.`;
  if (kind === 'missing' || kind === 'dangling') return 'put the file there, or mend the path (ls PREFIX.*).';
  if (kind === 'closed' || kind === 'shut') return 'ask its owner for the right to read it (ls -l).';
  return 'name a prefix with two files, PREFIX.idx and PREFIX.bin.';
};

const absent = (kind: FileKind): boolean => kind === 'missing' || kind === 'dangling';

/** One finding where both files fail alike: a mistyped prefix is one mistake. */
const places = (prefix: string, { idx, bin }: SeenPair): Fault[] => {
  const codeOf = (kind: FileKind): Code => (absent(kind) ? 'MRT-D001' : 'MRT-D002');
  const hint = hintFor(prefix, idx.kind === 'file' ? bin.kind : idx.kind);
  if (idx.kind === bin.kind && idx.kind !== 'file') {
    const said =
      idx.kind === 'missing' ? 'are missing' : SAID[idx.kind].replace(/^is a/, 'are both a').replace(/^lies/, 'lie');
    return [fault(codeOf(idx.kind), `${prefix}.idx and .bin ${said}.`, { hint })];
  }
  return (['idx', 'bin'] as const).flatMap(end => {
    const { kind } = end === 'idx' ? idx : bin;
    return kind === 'file' ? [] : [fault(codeOf(kind), `${prefix}.${end} ${SAID[kind]}.`, { hint })];
  });
};

const AGAIN = 'tokenise it again; a copy that was cut off is copied again.';

const whole = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const header = (prefix: string, { idx, head }: SeenPair): Fault[] => {
  const name = `${prefix}.idx`;
  if (idx.bytes === 0) return [fault('MRT-D007', `${name} is empty.`, { hint: AGAIN })];
  if (idx.bytes < HEADER)
    return [fault('MRT-D004', `${name} has ${idx.bytes} bytes, its header alone has ${HEADER}.`, { hint: AGAIN })];
  if (head.length !== HEADER)
    return [fault('MRT-D002', `${name} could not be read.`, { why: 'its first bytes did not come back.' })];
  if (!head.subarray(0, MAGIC.length).equals(MAGIC))
    return [
      fault('MRT-D003', `${name} does not begin as an index of Megatron-LM.`, {
        why: `it begins with ${head.subarray(0, MAGIC.length).toString('hex')}, an index with ${MAGIC.toString('hex')} (MMIDIDX).`,
        hint: 'name the prefix of a dataset that preprocess_data.py has written.',
      }),
    ];
  const version = head.readBigUInt64LE(MAGIC.length);
  if (version !== 1n)
    return [fault('MRT-D003', `${name} is an index of version ${version}.`, { why: 'Megatron-LM reads version 1.' })];
  return [];
};

const dtype = (prefix: string, code: number, vocabulary: number | undefined): Fault[] => {
  const name = DTYPES[code];
  const words = `${prefix}.idx says that tokens are ${name ?? `of dtype code ${code}`}`;
  const why = (needs: string): string => `preprocess_data.py writes ${needs} for a vocabulary of ${vocabulary}.`;
  const hint = 'was it tokenised with the tokenizer of this model? Tokenise it again, or name the right copy.';
  if (TOKEN_BYTES[code] === undefined)
    return [fault('MRT-D006', `${words}.`, { why: 'token ids are whole numbers of 1 to 8 bytes.', hint: AGAIN })];
  if (vocabulary === undefined) return [];
  const needed = vocabulary < WIDE_VOCABULARY ? UINT16 : INT32;
  if (code === needed) return [];
  // int32 and int64 hold every id, so training goes on, with a tokenizer that may be another one.
  const severity = code === INT32 || code === 5 ? 'warning' : 'error';
  return [fault('MRT-D006', `${words}.`, { severity, why: why(DTYPES[needed] ?? ''), hint })];
};

/** The file's size against its header; `fits` is false where the counts cannot be believed. */
const length = (prefix: string, { idx, head }: SeenPair): Fault[] => {
  const [sequences, entries] = [whole(head, 18), whole(head, 26)];
  const wanted = HEADER + 12 * sequences + 8 * entries;
  if (idx.bytes === wanted || (sequences > 0 && idx.bytes === wanted + sequences)) return [];
  const short = idx.bytes < wanted ? 'it was cut off, or the disk was full.' : 'it is longer than what it describes.';
  return [
    fault('MRT-D004', `${prefix}.idx has ${idx.bytes} bytes, its header asks for ${wanted}.`, {
      why: `${sequences} sequences and ${entries} entries of the document index; ${short}`,
      hint: AGAIN,
    }),
  ];
};

/** Where its ends contradict each other; only they are read, never gigabytes of lengths. */
const ends = ({ head, middle, turn, last }: SeenPair): string | undefined => {
  if (middle.length !== 12 || turn.length !== 16 || last.length !== 8) return 'its ends could not be read';
  const sequences = whole(head, 18);
  const item = TOKEN_BYTES[head[17] ?? 0] ?? 1;
  const [lastLength, first] = [middle.readInt32LE(0), middle.readBigInt64LE(4)];
  const [offset, firstDocument, lastDocument] = [turn.readBigInt64LE(0), whole(turn, 8), whole(last, 0)];
  if (first !== 0n) return `its first sequence begins at byte ${first}, not at 0`;
  if (lastLength < 0) return `its last sequence has ${lastLength} tokens`;
  if (offset < 0n || offset % BigInt(item) !== 0n) return `its last sequence begins at byte ${offset}`;
  if (firstDocument !== 0) return `its document index begins with ${firstDocument}, not with 0`;
  if (lastDocument !== sequences)
    return `its document index ends with ${lastDocument}, not with ${sequences} sequences`;
  return sequences === 1 && offset !== 0n ? `its only sequence begins at byte ${offset}, not at 0` : undefined;
};

/** Tokens by the last sequence's offset and length, which is their sum where each sequence follows the one before it. */
const tokensOf = ({ head, middle, turn }: SeenPair): number =>
  Number(turn.readBigInt64LE(0)) / (TOKEN_BYTES[head[17] ?? 0] ?? 1) + middle.readInt32LE(0);

const binLength = (prefix: string, bin: SeenFile, tokens: number, item: number): Fault[] => {
  const wanted = tokens * item;
  if (bin.bytes === wanted) return [];
  return [
    fault('MRT-D005', `${prefix}.bin has ${bin.bytes} bytes, ${prefix}.idx asks for ${wanted}.`, {
      why: `${tokens} tokens of ${item} bytes are ${formatBytes(wanted)}; ${bin.bytes < wanted ? 'the file was cut off, or is of another index' : 'the index is of another file'}.`,
      hint: AGAIN,
    }),
  ];
};

const index = (prefix: string, pair: SeenPair, vocabulary: number | undefined): Judged => {
  const broken = header(prefix, pair);
  if (broken.length > 0) return { faults: broken };
  const code = pair.head[17] ?? 0;
  const faults = [...dtype(prefix, code, vocabulary), ...length(prefix, pair)];
  const sequences = whole(pair.head, 18);
  if (faults.some(each => each.code === 'MRT-D004')) return { faults };
  if (sequences === 0) return { faults: [...faults, fault('MRT-D007', `${prefix}.idx holds no sequences.`)] };
  const broke = ends(pair);
  if (broke !== undefined)
    return { faults: [...faults, fault('MRT-D004', `${prefix}.idx contradicts itself: ${broke}.`, { hint: AGAIN })] };
  const tokens = tokensOf(pair);
  if (tokens === 0) return { faults: [...faults, fault('MRT-D007', `${prefix}.idx holds no tokens.`)] };
  return { size: { tokens, sequences, documents: whole(pair.head, 26) - 1 }, faults };
};

/**
 * Whether a pair is what Megatron-LM can read, from its header, its ends and both sizes: a size of 34 + 12 S + 8 N bytes (and
 * S more in multimodal files), the first offset 0, a document index from 0 to S, and a `.bin` as long as the last offset and
 * length say. A file that is wrong only in between is not found. `vocabulary`: of the model's tokenizer.
 */
export const judgePair = (prefix: string, pair: SeenPair, vocabulary: number | undefined): Judged => {
  const missing = places(prefix, pair);
  if (pair.idx.kind !== 'file') return { faults: missing };
  const { size, faults } = index(prefix, pair, vocabulary);
  if (pair.bin.kind !== 'file' || !size) return { faults: [...missing, ...faults] };
  const item = TOKEN_BYTES[pair.head[17] ?? 0];
  const binFaults = item === undefined ? [] : binLength(prefix, pair.bin, size.tokens, item);
  const all = [...missing, ...faults, ...binFaults];
  return { size: all.some(each => each.severity === 'error') ? undefined : size, faults: all };
};
