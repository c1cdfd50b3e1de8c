import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Values } from '../engines/megatron/argparse.ts';
import { readIndex, writeIndex } from '../engines/megatron/indexed-dataset.ts';
import { VOCABULARY, WINDOW } from './model.ts';
import { check, dice, leave, mix } from './words.ts';

/** Tokens of a dataset, and where each document begins in them, with one more entry for the end. */
type Dataset = { starts: Float64Array; token: (at: number) => number };

/** Reads `prefix.idx` and `prefix.bin`; refuses a pair that is missing, short, or contradicts itself. */
export function readDataset(prefix: string): Dataset {
  const fail = (fault: string): never => leave(1, `AssertionError: dataset ${prefix}: ${fault}`);
  for (const end of ['.idx', '.bin']) if (!existsSync(prefix + end)) fail(`${prefix}${end} does not exist`);
  const [index, tokens] = [readIndex(readFileSync(`${prefix}.idx`)), readFileSync(`${prefix}.bin`)];
  const { starts, tokenBytes, bytes } = typeof index === 'string' ? fail(index) : index;
  if (tokens.length !== bytes) fail(`.bin has ${tokens.length} bytes, .idx asks for ${bytes}`);
  return { starts, token: at => tokens.readUIntLE(at * tokenBytes, Math.min(tokenBytes, 6)) };
}

/** Writes such a pair beside its place and moves it in, .idx last. dtype 8 is uint16, 4 int32. */
export function writeDataset(prefix: string, documents: readonly (readonly number[])[], dtype: 4 | 8 = 8): void {
  const [tokens, lengths] = [documents.flat(), documents.map(each => each.length)];
  writeFileSync(`${prefix}.bin.tmp`, dtype === 8 ? Uint16Array.from(tokens) : Int32Array.from(tokens));
  writeFileSync(`${prefix}.idx.tmp`, writeIndex(lengths, dtype));
  for (const end of ['.bin', '.idx']) renameSync(`${prefix}${end}.tmp`, prefix + end);
}

/** Tokens of documents [from, to), in an order that follows from the seed; other tokenizers' ids are folded into the bytes. */
function shuffled({ starts, token }: Dataset, from: number, to: number, seed: number): Int32Array {
  const roll = dice(seed);
  const order = Array.from({ length: to - from }, (_, i) => ({ document: from + i, lot: roll() }));
  const [stream, next] = [new Int32Array(starts[to]! - starts[from]!), { at: 0 }];
  for (const { document } of order.sort((x, y) => x.lot - y.lot)) {
    for (let i = starts[document]!; i < starts[document + 1]!; i++) stream[next.at++] = token(i) % VOCABULARY;
  }
  return stream;
}

/** Samples of --seq-length tokens out of several datasets, each time from the one most behind its weight. */
export class Blend {
  readonly #members: { weight: number; stream: Int32Array; taken: number }[] = [];
  #drawn = 0;
  #current = 0;

  add = (weight: number, stream: Int32Array): unknown => this.#members.push({ weight, stream, taken: 0 });
  #lag = (m: number): number => this.#members[m]!.weight * Math.max(1, this.#drawn) - this.#members[m]!.taken;

  /** Moves on; what was consumed before a restart is passed over in the same way. */
  advance(samples: number): void {
    for (let i = 0; i < samples; i++, this.#drawn++) {
      this.#current = 0;
      for (let m = 1; m < this.#members.length; m++) if (this.#lag(m) > this.#lag(this.#current)) this.#current = m;
      this.#members[this.#current]!.taken++;
    }
  }

  /** The k-th trained position of this sample of `length` tokens; a dataset begins anew where it ends. */
  read(window: Int32Array, k: number, length: number): void {
    const { stream, taken } = this.#members[this.#current]!;
    const first = (taken - 1) * length + (mix(taken, k) % (length - WINDOW + 2));
    for (let i = 0; i < WINDOW; i++) window[i] = stream[(first + i) % stream.length]!;
  }
}

/** Train, validation and test blend of --data-path or --data-args-path; undefined where --split gives no share. */
export function openBlends(a: Values): (Blend | undefined)[] {
  const words: string[] = a.data_path ?? readFileSync(a.data_args_path, 'utf8').split(/\s+/).filter(Boolean);
  // As get_blend_from_list reads it: weighted when the count is even and every odd word is a number.
  const isWeighted = words.length % 2 === 0 && words.every((word, i) => i % 2 === 1 || Number(word) > 0);
  check(isWeighted || words.length === 1, 'martlet rehearsal: several datasets without weights cannot be rehearsed.');
  const weights = isWeighted ? words.filter((_, i) => i % 2 === 0).map(Number) : [1];
  const sum = (list: readonly number[]): number => list.reduce((x, y) => x + y, 0);
  const shares = String(a.split ?? '969, 30, 1').split(',', 3);
  const bounds = [0, 1, 2, 3].map(split => sum(shares.slice(0, split).map(Number)) / sum(shares.map(Number)));
  const blends = shares.map(share => (Number(share) > 0 ? new Blend() : undefined));
  check(blends[0] !== undefined, `AssertionError: --split ${a.split} leaves nothing to train on.`);
  for (const [i, prefix] of words.filter((_, i) => !isWeighted || i % 2 === 1).entries()) {
    const dataset = readDataset(prefix);
    const edges = bounds.map(bound => Math.round((dataset.starts.length - 1) * bound));
    for (const [split, blend] of blends.entries()) {
      const stream = shuffled(dataset, edges[split]!, edges[split + 1]!, mix(a.seed, i));
      const nothing = `AssertionError: dataset ${prefix}: --split ${a.split} leaves nothing for part ${split + 1}.`;
      check(!blend || stream.length > 0, nothing);
      blend?.add(weights[i]! / sum(weights), stream);
    }
  }
  return blends;
}
