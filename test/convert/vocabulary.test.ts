import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from '../helpers/bash.ts';
import { bf16, fromBf16, type MadeTensors, readSafetensors, writeHfFolder } from '../helpers/hf-folder.ts';
import { templatesFolder } from '../helpers/templates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'martlet-vocabulary '));
afterAll(() => rmSync(scratch, { recursive: true }));

const grow = (...words: string[]) =>
  run(['python3', join(templatesFolder, 'engine/grow_vocabulary.py'), ...words], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });

let made = 0;
const place = (): string => join(scratch, String(made++));

/** SentencePiece's way, as Llama 2 has it: a blank is ▁, and what has no token falls back to its bytes. */
const OLD = {
  model: {
    type: 'BPE',
    vocab: { '<unk>': 0, a: 1, b: 2, c: 3, ab: 4, '<0xE6>': 5, '<0x97>': 6, '<0xA5>': 7, '▁': 8 },
    merges: ['a b'],
    unk_token: '<unk>',
  },
  added_tokens: [{ id: 0, content: '<unk>' }],
};

/** c and ab have other numbers now; abc, 日 and ▁ab are new. */
const NEW = {
  model: { ...OLD.model, vocab: { '<unk>': 0, ab: 1, c: 2, abc: 3, 日: 4, '▁ab': 5 } },
  added_tokens: [{ id: 0, content: '<unk>' }],
};

/** Row r of a table of 9 rows and 2 columns: powers of two, so that means are easy to see. */
const row = (r: number): number[] => [2 ** r, -(2 ** r)];
const table = (rows: number): Buffer => bf16(Array.from({ length: rows }, (_, r) => row(r)).flat());

const base = (
  more: { shards?: Record<string, MadeTensors>; tokenizer?: unknown; config?: Record<string, unknown> } = {},
) =>
  writeHfFolder(place(), {
    config: { vocab_size: 9, hidden_size: 2, ...more.config },
    tokenizer: more.tokenizer ?? OLD,
    shards: more.shards ?? {
      'model-00001-of-00002.safetensors': {
        'model.embed_tokens.weight': { dtype: 'BF16', shape: [9, 2], data: table(9) },
        'model.norm.weight': { dtype: 'BF16', shape: [2], data: bf16([0.5, 3]) },
      },
      'model-00002-of-00002.safetensors': { 'lm_head.weight': { dtype: 'BF16', shape: [9, 2], data: table(9) } },
    },
  });

const tokenizer = (value: unknown = NEW): string =>
  writeHfFolder(place(), { tokenizer: value, shards: { 'model.safetensors': {} } });

const rowsOf = (folder: string, file: string, name: string): number[][] => {
  const numbers = fromBf16(readSafetensors(join(folder, file))[name]?.data ?? Buffer.alloc(0));
  return Array.from({ length: numbers.length / 2 }, (_, r) => numbers.slice(2 * r, 2 * r + 2));
};

/** The mean of rows as bf16 can hold it. */
const mean = (...rows: number[]): number[] =>
  [0, 1].map(column => near(rows.reduce((sum, r) => sum + (row(r)[column] ?? 0), 0) / rows.length));

test('a kept token keeps its row whatever its number, and a new one begins as the mean of its pieces', () => {
  const to = place();
  const said = grow(`--base=${base()}`, `--tokenizer=${tokenizer()}`, '--rows=8', `--to=${to}`);
  expect(said).toMatchObject({ code: 0, stderr: '' });
  expect(said.stdout).toContain('8 rows: 3 are old ones, 3 are means of pieces, 2 pad the table');
  const wanted = [
    row(0), // <unk>
    row(4), // ab, number 1 now
    row(3), // c, number 2 now
    mean(4, 3), // abc is ab and c: the old merge is applied first
    mean(5, 6, 7), // 日 is three bytes
    mean(8, 4), // ▁ab is ▁ and ab
  ];
  for (const [file, name] of [
    ['model-00001-of-00002.safetensors', 'model.embed_tokens.weight'],
    ['model-00002-of-00002.safetensors', 'lm_head.weight'],
  ] as const) {
    const rows = rowsOf(to, file, name);
    expect(rows.slice(0, 6)).toEqual(wanted);
    // 511 / 9 = 56.78 rounded to the eight bits that bf16 has there.
    expect(rows.slice(6)).toEqual([
      [56.75, -56.75],
      [56.75, -56.75],
    ]);
  }
});

test('what is no table is copied bit for bit, and config, tokenizer and index say the new size', () => {
  const to = place();
  const [from, other] = [base({ config: { rope_theta: 10000 } }), tokenizer()];
  grow(`--base=${from}`, `--tokenizer=${other}`, '--rows=6', `--to=${to}`);
  const file = 'model-00001-of-00002.safetensors';
  expect(readSafetensors(join(to, file))['model.norm.weight']).toEqual(
    readSafetensors(join(from, file))['model.norm.weight'],
  );
  expect(JSON.parse(readFileSync(join(to, 'config.json'), 'utf8'))).toEqual({
    vocab_size: 6,
    hidden_size: 2,
    rope_theta: 10000,
  });
  expect(readFileSync(join(to, 'tokenizer.json'))).toEqual(readFileSync(join(other, 'tokenizer.json')));
  const index = JSON.parse(readFileSync(join(to, 'model.safetensors.index.json'), 'utf8'));
  expect(index.metadata.total_size).toBe(6 * 2 * 2 * 2 + 4);
  expect(index.weight_map['lm_head.weight']).toBe('model-00002-of-00002.safetensors');
});

test('the result passes the check of a whole folder with the new number of parameters', () => {
  const to = place();
  grow(`--base=${base()}`, `--tokenizer=${tokenizer()}`, '--rows=8', `--to=${to}`);
  const check = run(['python3', join(templatesFolder, 'engine/hf_folder.py'), 'check', to, '--parameters=34'], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect(check).toMatchObject({ code: 0, stderr: '' });
});

test('a tied model has one table, and that one grows', () => {
  const to = place();
  const shards = {
    'model.safetensors': { 'model.embed_tokens.weight': { dtype: 'BF16' as const, shape: [9, 2], data: table(9) } },
  };
  const from = base({ shards, config: { tie_word_embeddings: true } });
  expect(grow(`--base=${from}`, `--tokenizer=${tokenizer()}`, '--rows=6', `--to=${to}`).code).toBe(0);
  expect(Object.keys(readSafetensors(join(to, 'model.safetensors')))).toEqual(['model.embed_tokens.weight']);
  expect(rowsOf(to, 'model.safetensors', 'model.embed_tokens.weight')[3]).toEqual(mean(4, 3));
});

test('a byte-level tokenizer takes an added token apart by its bytes', () => {
  const letters = { type: 'BPE', vocab: { Ġ: 0, '<': 1, e: 2, '>': 3, æ: 4, Ĺ: 5, '¥': 6 }, merges: [] };
  const old = { model: letters, pre_tokenizer: { type: 'ByteLevel' } };
  const next = {
    model: { ...letters, vocab: { Ġ: 0 } },
    added_tokens: [
      { id: 1, content: '<e>' },
      { id: 2, content: '日' },
    ],
  };
  const shards = {
    'model.safetensors': { 'model.embed_tokens.weight': { dtype: 'BF16' as const, shape: [7, 2], data: table(7) } },
  };
  const to = place();
  const from = base({ shards, tokenizer: old, config: { tie_word_embeddings: true } });
  expect(grow(`--base=${from}`, `--tokenizer=${tokenizer(next)}`, '--rows=3', `--to=${to}`)).toMatchObject({ code: 0 });
  // The mean of three powers of two, in eight bits: 7/3, (16 + 32 + 64)/3.
  expect(rowsOf(to, 'model.safetensors', 'model.embed_tokens.weight')).toEqual([
    row(0),
    [near(14 / 3), near(-14 / 3)],
    [near(112 / 3), near(-112 / 3)],
  ]);
});

/** The nearest number that bf16 has, by trying both neighbours. */
const near = (value: number): number => {
  const word = Buffer.alloc(4);
  word.writeFloatLE(value);
  const low = word.readUInt32LE() & 0xffff0000;
  const both = [low >>> 0, (low + 0x10000) >>> 0].map(bits => {
    word.writeUInt32LE(bits);
    return { bits, gap: Math.abs(word.readFloatLE() - value) };
  });
  const best = both.sort((x, y) => x.gap - y.gap)[0]?.bits ?? 0;
  word.writeUInt32LE(best >>> 0);
  return word.readFloatLE();
};

test.each(['F32', 'F16'] as const)('weights of type %s keep their type, and their means are exact', dtype => {
  const bytes = Buffer.alloc(9 * 2 * (dtype === 'F32' ? 4 : 2));
  // 1.0 and 2.0 in both types; all other rows are zero.
  const one = dtype === 'F32' ? Buffer.from([0, 0, 0x80, 0x3f]) : Buffer.from([0, 0x3c]);
  const two = dtype === 'F32' ? Buffer.from([0, 0, 0, 0x40]) : Buffer.from([0, 0x40]);
  for (const column of [0, 1]) {
    one.copy(bytes, (4 * 2 + column) * one.length);
    two.copy(bytes, (3 * 2 + column) * two.length);
  }
  const shards = { 'model.safetensors': { 'model.embed_tokens.weight': { dtype, shape: [9, 2], data: bytes } } };
  const to = place();
  const from = base({ shards, config: { tie_word_embeddings: true } });
  expect(grow(`--base=${from}`, `--tokenizer=${tokenizer()}`, '--rows=4', `--to=${to}`).code).toBe(1);
  expect(grow(`--base=${from}`, `--tokenizer=${tokenizer()}`, '--rows=6', `--to=${to}`).code).toBe(0);
  const held = readSafetensors(join(to, 'model.safetensors'))['model.embed_tokens.weight'];
  const threeHalves = dtype === 'F32' ? Buffer.from([0, 0, 0xc0, 0x3f]) : Buffer.from([0, 0x3e]);
  expect(held?.dtype).toBe(dtype);
  expect(held?.data.subarray(3 * 2 * one.length, 4 * 2 * one.length)).toEqual(
    Buffer.concat([threeHalves, threeHalves]),
  );
});

test.each([
  ['more tokens than rows', () => [base(), tokenizer(), '5'], /has tokens up to 5, and the model gets 5 rows/],
  [
    'a tokenizer that is no BPE',
    () => [base({ tokenizer: { model: { type: 'Unigram' } } }), tokenizer(), '6'],
    /is a Unigram tokenizer/,
  ],
  [
    'a tokenizer without its fast form',
    () => [base(), join(scratch, 'nowhere'), '6'],
    /tokenizer\.json is missing: save the tokenizer in the fast form/,
  ],
  [
    'a number that two tokens have',
    () => [base(), tokenizer({ ...NEW, added_tokens: [{ id: 1, content: 'x' }] }), '6'],
    /gives the number 1 twice/,
  ],
  [
    'a table with fewer rows than the old tokenizer has',
    () => [
      base({
        shards: {
          'model.safetensors': { 'model.embed_tokens.weight': { dtype: 'BF16', shape: [4, 2], data: table(4) } },
        },
      }),
      tokenizer(),
      '6',
    ],
    /the old tokenizer has the number \d, and model\.embed_tokens\.weight has 4 rows/,
  ],
  ['a base that is not whole', () => [broken(), tokenizer(), '6'], /cut off/],
] as const)('%s is refused in one sentence', (_, make, sentence) => {
  const [from, other, rows] = make();
  const said = grow(`--base=${from}`, `--tokenizer=${other}`, `--rows=${rows}`, `--to=${place()}`);
  expect(said.code).toBe(1);
  expect(said.stderr).toMatch(sentence);
  expect(said.stderr).not.toContain('Traceback');
});

const broken = (): string => {
  const folder = base();
  const path = join(folder, 'model-00002-of-00002.safetensors');
  writeFileSync(path, readFileSync(path).subarray(0, -3));
  return folder;
};
