/** What a `.idx` says about the `.bin` beside it. `starts`: first token of each document, and the end; `bytes`: size of .bin. */
export interface DatasetIndex {
  readonly tokenBytes: number;
  readonly starts: Float64Array;
  readonly bytes: number;
}

export const MAGIC = Buffer.from('MMIDIDX\0\0', 'latin1');
export const HEADER = 34;
/** Bytes of a token by dtype code; 6 and 7 are floating point and hold no tokens. */
export const TOKEN_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 8: 2 };

/**
 * Reads a whole `.idx` (IndexedDataset of megatron/core/datasets/indexed_dataset.py): 9 bytes of magic, u64 version, u8 dtype,
 * u64 sequences, u64 documents + 1, then i32 lengths, i64 byte offsets, i64 document index, all little-endian without padding.
 * Gives a sentence where it is not one, or contradicts itself. Text only: no modes of multimodal files.
 */
export function readIndex(index: Buffer): DatasetIndex | string {
  if (index.length < HEADER || !index.subarray(0, 9).equals(MAGIC))
    return 'bad header: .idx does not begin with MMIDIDX';
  const numberAt = (at: number): number => Number(index.readBigInt64LE(at));
  const [version, dtype, sequences, entries] = [numberAt(9), index[17]!, numberAt(18), numberAt(26)];
  const tokenBytes = TOKEN_BYTES[dtype];
  if (version !== 1 || tokenBytes === undefined) return `.idx is version ${version} with dtype code ${dtype}`;
  const wanted = HEADER + 12 * sequences + 8 * entries;
  if (index.length !== wanted) return `.idx has ${index.length} bytes, its header asks for ${wanted}`;
  const begins = new Float64Array(sequences + 1);
  for (let i = 0; i < sequences; i++) {
    const offset = numberAt(HEADER + 4 * sequences + 8 * i);
    if (offset !== begins[i]! * tokenBytes) return `.idx: sequence ${i} does not follow the one before it`;
    begins[i + 1] = begins[i]! + index.readInt32LE(HEADER + 4 * i);
  }
  const documents = Array.from({ length: entries }, (_, i) => numberAt(wanted - 8 * (entries - i)));
  const isSorted = documents.every((each, i) => each >= (documents[i - 1] ?? 0));
  if (!isSorted || documents.at(-1) !== sequences) return '.idx: its documents do not end with its sequences';
  const starts = Float64Array.from(documents, each => begins[each]!);
  return { tokenBytes, starts, bytes: begins[sequences]! * tokenBytes };
}

/** The `.idx` of documents of these lengths in tokens, one sequence each. dtype 8 is uint16 (vocabulary below 65500), 4 int32. */
export function writeIndex(lengths: readonly number[], dtype: 4 | 8): Buffer {
  const [count, tokenBytes] = [lengths.length, TOKEN_BYTES[dtype]!];
  const index = Buffer.alloc(HEADER + 20 * count + 8);
  MAGIC.copy(index);
  index.writeBigUInt64LE(1n, 9);
  index.writeUInt8(dtype, 17);
  index.writeBigUInt64LE(BigInt(count), 18);
  index.writeBigUInt64LE(BigInt(count + 1), 26);
  let begin = 0;
  for (const [i, length] of lengths.entries()) {
    index.writeInt32LE(length, HEADER + 4 * i);
    index.writeBigInt64LE(BigInt(begin * tokenBytes), HEADER + 4 * count + 8 * i);
    index.writeBigInt64LE(BigInt(i + 1), HEADER + 12 * count + 8 * (i + 1));
    begin += length;
  }
  return index;
}
