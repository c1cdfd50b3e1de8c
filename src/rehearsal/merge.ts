import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';
import type { Values } from '../engines/megatron/argparse.ts';
import { readIndex, writeIndex } from '../engines/megatron/indexed-dataset.ts';
import { check, leave, say } from './words.ts';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Prefixes of all files of a folder, in order; each must have both files, as merge_datasets.py asserts. */
function prefixesIn(folder: string): string[] {
  const files = readdirSync(folder).filter(name => statSync(join(folder, name)).isFile());
  const prefixes = [...new Set(files.map(name => parse(name).name))].sort();
  for (const prefix of prefixes)
    for (const end of ['.idx', '.bin'])
      check(
        existsSync(join(folder, prefix + end)),
        `AssertionError: ERROR: ${end} file not provided for ${join(folder, prefix)}`,
      );
  return prefixes.map(prefix => join(folder, prefix));
}

/** Lengths of the documents of a pair, and its bytes. */
function read(prefix: string): { lengths: number[]; tokenBytes: number; tokens: Buffer } {
  const index = readIndex(readFileSync(`${prefix}.idx`));
  const tokens = readFileSync(`${prefix}.bin`);
  const { starts, tokenBytes, bytes } =
    typeof index === 'string' ? leave(1, `AssertionError: ${prefix}: ${index}`) : index;
  check(tokens.length === bytes, `AssertionError: ${prefix}.bin has ${tokens.length} bytes, .idx asks for ${bytes}`);
  return { lengths: [...starts.subarray(1)].map((end, i) => end - starts[i]!), tokenBytes, tokens };
}

/** tools/merge_datasets.py of a rehearsal: the pairs of a folder as one, in the order of their names. */
export function merge(a: Values): void {
  say('martlet rehearsal: this is not merge_datasets.py of Megatron-LM, but its files are joined for real.');
  check(isFolder(a.input), `AssertionError: ERROR: ${a.input} is not a directory or does not exist`);
  const above = dirname(a.output_prefix);
  check(isFolder(above), `AssertionError: ERROR: ${above} is not a directory or does not exist`);
  const pairs = prefixesIn(a.input).map(read);
  const tokenBytes = pairs[0]?.tokenBytes ?? leave(1, `AttributeError: ${a.input} holds no dataset`);
  check(
    pairs.every(each => each.tokenBytes === tokenBytes),
    'AssertionError: the datasets have tokens of different sizes',
  );
  writeFileSync(`${a.output_prefix}.bin`, Buffer.concat(pairs.map(each => each.tokens)));
  writeFileSync(
    `${a.output_prefix}.idx`,
    writeIndex(
      pairs.flatMap(each => each.lengths),
      tokenBytes === 2 ? 8 : 4,
    ),
  );
  say(`Merged ${pairs.length} datasets into ${a.output_prefix}`);
}
