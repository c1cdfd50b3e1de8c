import { expect, test } from 'vitest';
import { readIndex, writeIndex } from '../../../src/engines/megatron/indexed-dataset.ts';

// Documents [1,2,3], [4,5], [6..10] as int32, written by IndexedDatasetBuilder of Megatron-LM core_v0.19.0.
const REAL = Buffer.from(
  `4d4d494449445800 00 0100000000000000 04 0300000000000000 0400000000000000
   03000000 02000000 05000000
   0000000000000000 0c00000000000000 1400000000000000
   0000000000000000 0100000000000000 0200000000000000 0300000000000000`.replace(/\s/g, ''),
  'hex',
);

test('an index is byte for byte what Megatron writes', () => {
  expect(REAL).toHaveLength(102);
  expect(writeIndex([3, 2, 5], 4).equals(REAL)).toBe(true);
});

test('an index that Megatron wrote is understood', () => {
  expect(readIndex(REAL)).toEqual({ tokenBytes: 4, starts: Float64Array.of(0, 3, 5, 10), bytes: 40 });
});

test('documents of several sentences are documents', () => {
  const index = Buffer.from(REAL);
  index.writeBigInt64LE(2n, 34 + 12 * 3 + 8);
  index.writeBigInt64LE(2n, 34 + 12 * 3 + 16);
  expect(readIndex(index)).toMatchObject({ starts: Float64Array.of(0, 5, 5, 10) });
});

const change = (edit: (index: Buffer) => void): Buffer => {
  const index = Buffer.from(REAL);
  edit(index);
  return index;
};

test.each([
  ['an empty file', Buffer.alloc(0), 'MMIDIDX'],
  ['another file', Buffer.from('{"text": "a JSONL file, taken for an index by mistake"}'), 'MMIDIDX'],
  ['another version', change(index => index.writeBigUInt64LE(2n, 9)), 'version 2'],
  ['floating point', change(index => index.writeUInt8(7, 17)), 'dtype code 7'],
  ['a short file', REAL.subarray(0, 100), '.idx has 100 bytes, its header asks for 102'],
  ['an absurd count', change(index => index.writeBigUInt64LE(1n << 40n, 18)), 'its header asks for'],
  ['a gap between sequences', change(index => index.writeBigInt64LE(16n, 34 + 12 + 8)), 'sequence 1 does not follow'],
  ['documents that go back', change(index => index.writeBigInt64LE(3n, 34 + 36 + 8)), 'do not end with its sequences'],
  ['a document too few', change(index => index.writeBigInt64LE(2n, 34 + 36 + 24)), 'do not end with its sequences'],
])('%s is refused with a sentence', (_, index, sentence) => {
  expect(readIndex(index)).toContain(sentence);
});
