import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIZE, VOCABULARY } from './model.ts';
import { check, leave, say } from './words.ts';

const INDEX = 'model.safetensors.index.json';
const FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
const TABLE = VOCABULARY * VOCABULARY;

/** The byte model's weights as tensors of a Hugging Face folder, in two files as large models have them. */
const SHARDS: readonly { readonly file: string; readonly tensors: readonly (readonly [string, number[]])[] }[] = [
  {
    file: 'model-00001-of-00002.safetensors',
    tensors: [0, 1].map(nth => [`model.context.${nth}.weight`, [VOCABULARY, VOCABULARY]] as const),
  },
  {
    file: 'model-00002-of-00002.safetensors',
    tensors: [
      ['model.context.2.weight', [VOCABULARY, VOCABULARY]],
      ['model.bias', [VOCABULARY]],
    ],
  },
];

const itemsOf = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

const BYTE_TOKENS = Object.fromEntries(
  Array.from({ length: 256 }, (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, byte]),
);
const TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
const OWN: Readonly<Record<string, unknown>> = {
  'config.json': {
    architectures: ['MartletRehearsalForCausalLM'],
    model_type: 'martlet-rehearsal',
    tie_word_embeddings: false,
    vocab_size: VOCABULARY,
  },
  'tokenizer.json': { model: { type: 'BPE', vocab: { ...BYTE_TOKENS, '<|end|>': 256 }, merges: [] } },
  'tokenizer_config.json': { chat_template: TEMPLATE },
  'generation_config.json': { eos_token_id: 256 },
};

/** A weight file: its header's length, the header, then doubles without a gap. */
function writeShard(path: string, tensors: readonly (readonly [string, number[]])[], weights: Float64Array): void {
  const rows: Record<string, unknown> = {};
  let at = 0;
  for (const [name, shape] of tensors) {
    const end = at + 8 * itemsOf(shape);
    rows[name] = { dtype: 'F64', shape, data_offsets: [at, end] };
    at = end;
  }
  const text = JSON.stringify(rows);
  const header = Buffer.from(text + ' '.repeat((8 - (text.length % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, header, Buffer.from(new Float64Array(weights).buffer)]));
}

/** Writes weights and index; config, tokenizer and chat template come from `like`, or are our own. */
export function writeFolder(folder: string, weights: Float64Array, like?: string): void {
  mkdirSync(folder, { recursive: true });
  let at = 0;
  for (const { file, tensors } of SHARDS) {
    const end = at + tensors.reduce((all, [, shape]) => all + itemsOf(shape), 0);
    writeShard(join(folder, file), tensors, weights.subarray(at, end));
    at = end;
  }
  const map = Object.fromEntries(SHARDS.flatMap(({ file, tensors }) => tensors.map(([name]) => [name, file])));
  writeFileSync(join(folder, INDEX), JSON.stringify({ metadata: { total_size: 8 * SIZE }, weight_map: map }, null, 2));
  for (const name of FILES) {
    const source = like === undefined ? undefined : join(like, name);
    if (source === undefined) writeFileSync(join(folder, name), JSON.stringify(OWN[name], null, 2));
    else if (existsSync(source)) copyFileSync(source, join(folder, name));
  }
}

/** Makes a folder of the untrained byte model where nobody has put one: a rehearsal downloads nothing. */
export function inventFolder(folder: string): void {
  if (existsSync(folder)) return;
  say(`martlet rehearsal: ${folder} is not there; a byte model that knows nothing yet takes its place.`);
  writeFolder(folder, new Float64Array(SIZE));
}

/** The byte model's weights out of such a folder; any other model is refused by the name that is missing. */
export function readFolder(folder: string): Float64Array {
  const indexPath = join(folder, INDEX);
  check(existsSync(indexPath), `OSError: ${folder} has no ${INDEX}`);
  const map: Record<string, string> = JSON.parse(readFileSync(indexPath, 'utf8')).weight_map;
  const found = new Map<string, Buffer>();
  for (const file of new Set(Object.values(map))) {
    const path = join(folder, file);
    check(existsSync(path), `OSError: ${path} does not exist`);
    const bytes = readFileSync(path);
    const start = 8 + Number(bytes.readBigUInt64LE());
    const rows: Record<string, { data_offsets: [number, number] }> = JSON.parse(bytes.toString('utf8', 8, start));
    for (const [
      name,
      {
        data_offsets: [begin, end],
      },
    ] of Object.entries(rows))
      found.set(name, bytes.subarray(start + begin, start + end));
  }
  const weights = new Float64Array(SIZE);
  let at = 0;
  for (const [name, shape] of SHARDS.flatMap(({ tensors }) => tensors)) {
    const bytes = found.get(name) ?? leave(1, `martlet rehearsal: ${folder} is no byte model: it has no ${name}`);
    const items = itemsOf(shape);
    check(bytes.length === 8 * items, `OSError: ${name} of ${folder} has ${bytes.length} bytes`);
    Buffer.from(weights.buffer, 8 * at, 8 * items).set(bytes);
    at += items;
  }
  return weights;
}

/** Odds of each next byte before they are made a probability, after the last three of a prompt. */
export function logits(weights: Float64Array, prompt: Uint8Array): Float64Array {
  const last = [...prompt].slice(-3);
  return Float64Array.from({ length: VOCABULARY }, (_, next) =>
    last.reduce((sum, byte, nth) => sum + weights[nth * TABLE + byte * VOCABULARY + next]!, weights[3 * TABLE + next]!),
  );
}
