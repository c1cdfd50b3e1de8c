import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One tensor of a made-up weight file; `data` are its bytes, else zeros. */
export interface MadeTensor {
  readonly dtype: 'BF16' | 'F16' | 'F32';
  readonly shape: readonly number[];
  readonly data?: Uint8Array;
}

export type MadeTensors = Readonly<Record<string, MadeTensor>>;

const BYTES = { BF16: 2, F16: 2, F32: 4 } as const;

const sizeOf = ({ dtype, shape }: MadeTensor): number => shape.reduce((all, each) => all * each, 1) * BYTES[dtype];

/** A safetensors file, written by the format's own description and not by the code under test. */
export const safetensors = (tensors: MadeTensors): Buffer => {
  const rows: Record<string, unknown> = {};
  let at = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    rows[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [at, at + sizeOf(tensor)] };
    at += sizeOf(tensor);
  }
  const header = Buffer.from(JSON.stringify(rows));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const data = Object.values(tensors).map(each => each.data ?? Buffer.alloc(sizeOf(each)));
  return Buffer.concat([length, header, ...data]);
};

/** Dtype, shape and bytes of each tensor of a file. */
export const readSafetensors = (path: string): Record<string, { dtype: string; shape: number[]; data: Buffer }> => {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const rows = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(rows)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [begin, end],
          },
        ]) => [name, { dtype, shape, data: bytes.subarray(start + begin, start + end) }],
      ),
  );
};

export interface MadeFolder {
  readonly config?: Record<string, unknown>;
  readonly tokenizer?: unknown;
  /** Files by name; with one the folder has no index. */
  readonly shards: Readonly<Record<string, MadeTensors>>;
}

/** A Hugging Face folder with its index where it has several files. */
export const writeHfFolder = (
  folder: string,
  { config = {}, tokenizer = { model: {} }, shards }: MadeFolder,
): string => {
  mkdirSync(folder, { recursive: true });
  for (const [name, tensors] of Object.entries(shards)) writeFileSync(join(folder, name), safetensors(tensors));
  if (Object.keys(shards).length > 1) {
    const map = Object.entries(shards).flatMap(([name, tensors]) => Object.keys(tensors).map(each => [each, name]));
    writeFileSync(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: Object.fromEntries(map) }),
    );
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  return folder;
};

/** Numbers as bf16 bytes; they must be exact in bf16. */
export const bf16 = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) {
    const word = Buffer.alloc(4);
    word.writeFloatLE(value);
    if (word.readUInt16LE(0) !== 0) throw new Error(`${value} is not exact in bf16`);
    word.copy(bytes, 2 * i, 2, 4);
  }
  return bytes;
};

/** bf16 bytes as numbers. */
export const fromBf16 = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length / 2 }, (_, i) => {
    const word = Buffer.alloc(4);
    bytes.copy(word, 2, 2 * i, 2 * i + 2);
    return word.readFloatLE();
  });
