import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { readIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { curve, prepare, pretrain, remove, trainer } from './trainer.ts';

vi.setConfig({ testTimeout: 60_000 });

const dir = mkdtempSync(join(tmpdir(), 'martlet-data-'));
afterAll(() => remove(dir));

/** Documents of a pair, as text; the end of a document is ␄. */
function documentsOf(prefix: string): string[] {
  const index = readIndex(readFileSync(`${prefix}.idx`));
  if (typeof index === 'string') throw new Error(index);
  const bytes = readFileSync(`${prefix}.bin`);
  const tokens = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const textOf = (from: number, to: number): string => {
    const part = [...tokens.subarray(from, to)];
    const text = Buffer.from(part.filter(token => token < 256)).toString('utf8');
    return part.at(-1) === 256 ? `${text}␄` : text;
  };
  return Array.from({ length: index.starts.length - 1 }, (_, i) => textOf(index.starts[i]!, index.starts[i + 1]!));
}

test('ten datasets of a recipe come to less than 300 kB, each in its own language, the same bytes every time', async () => {
  const names =
    `ja-wikipedia swallow-corpus-v2-llm-top10 swallow-corpus-v2-wiki-top10 swallow-corpus-v2-qa laboro-paracorpus
    en-wikipedia cosmopedia dclm-baseline swallow-code swallow-math`.split(/\s+/);
  for (const folder of ['one', 'two']) {
    const ended = await Promise.all(names.map(name => prepare(join(dir, folder, name))));
    expect(ended.map(each => each.code)).toEqual(names.map(() => 0));
    expect(ended[0]?.stdout.split('\n')[0]).toContain('martlet rehearsal: this is not preprocess_data.py');
    expect(ended[0]?.stdout).toContain('no such file; 100 short documents of our own take its place');
  }
  const files = readdirSync(join(dir, 'one'));
  expect(files).toHaveLength(20);
  expect(files.reduce((sum, file) => sum + statSync(join(dir, 'one', file)).size, 0)).toBeLessThan(300_000);
  for (const file of files)
    expect(readFileSync(join(dir, 'one', file)).equals(readFileSync(join(dir, 'two', file)))).toBe(true);
  const firstOf = (name: string): string => documentsOf(join(dir, 'one', `${name}_text_document`))[0] ?? '';
  expect(firstOf('ja-wikipedia')).toMatch(/^[\p{Script=Han}\p{Script=Hiragana}。ー]+␄$/u);
  expect(firstOf('cosmopedia')).toMatch(/^The [a-z .T]+␄$/);
  expect(firstOf('swallow-code')).toMatch(/^def \w+\(\w\): return /);
  const sums = [...firstOf('swallow-math').matchAll(/(\d+) \+ (\d+) = (\d+)/g)];
  expect(sums.every(([, a, b, c]) => Number(a) + Number(b) === Number(c))).toBe(true);
  expect(new Set(names.map(firstOf)).size).toBe(10);
});

test('an input that is there is really read: one document a line, its end where asked for', async () => {
  const input = join(dir, 'input.jsonl');
  writeFileSync(input, '{"text": "燕が飛ぶ", "id": 1}\n{"text": "two"}\n{"text": ""}\n');
  const flags = [`--input=${input}`, '--workers=1'];
  await trainer([
    'preprocess_data.py',
    ...flags,
    `--output-prefix=${dir}/with`,
    '--append-eod',
    '--tokenizer-type=NullTokenizer',
  ]);
  await trainer(['preprocess_data.py', ...flags, `--output-prefix=${dir}/without`]);
  expect(documentsOf(`${dir}/with_text_document`)).toEqual(['燕が飛ぶ␄', 'two␄', '']);
  expect(documentsOf(`${dir}/without_text_document`)).toEqual(['燕が飛ぶ', 'two', '']);
});

test.each([
  ['no JSON', '{"text": "a"}\nhello\n', 'line 2 of'],
  ['no text', '{"text": "a"}\n{"id": 1}\n', 'line 2 of'],
  ['broken JSON', '{"text": "a}\n{"text" "b"}\n', 'JSON'],
])('an input with %s is refused, and nothing is left behind', async (name, text, sentence) => {
  const input = join(dir, 'bad.jsonl');
  writeFileSync(input, text);
  const prefix = join(dir, 'bad', name);
  const ended = await trainer(['preprocess_data.py', `--input=${input}`, `--output-prefix=${prefix}`, '--workers=1']);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(sentence);
  expect(readdirSync(join(dir, 'bad'))).toEqual([]);
});

test('what is there is left as it is, and that is said; a broken pair is refused, not written over', async () => {
  const prefix = join(dir, 'kept');
  await prepare(prefix);
  const before = statSync(`${prefix}_text_document.bin`).mtimeMs;
  const again = await prepare(prefix);
  expect([again.code, statSync(`${prefix}_text_document.bin`).mtimeMs]).toEqual([0, before]);
  expect(again.stdout).toContain('it is there, so it was left as it is');
  truncateSync(`${prefix}_text_document.bin`, 10);
  const broken = await prepare(prefix);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('.bin has 10 bytes, .idx asks for');
});

test('options that preprocess_data.py does not have, or must have, are told with code 2', async () => {
  const unknown = await prepare(join(dir, 'x'), '--lr=1');
  expect([unknown.code, unknown.stderr.split('\n')[1]]).toEqual([
    2,
    'preprocess_data.py: error: unrecognized arguments: --lr=1',
  ]);
  const missing = await trainer(['preprocess_data.py', '--workers=1']);
  expect([missing.code, missing.stderr.split('\n')[1]]).toEqual([
    2,
    'preprocess_data.py: error: the following arguments are required: --input, --output-prefix',
  ]);
});

const train = async (name: string, ...more: string[]) => {
  const save = join(dir, name);
  return { save, ended: await trainer(pretrain([`${dir}/a_text_document`, `${dir}/b_text_document`], save, ...more)) };
};

test('a dataset that is missing, short or broken ends training with code 1 and its name', async () => {
  await Promise.all(['a', 'b'].map(name => prepare(join(dir, name))));
  const missing = await train('missing', '--data-path', '1', `${dir}/nowhere`);
  expect([missing.ended.code, missing.ended.stderr]).toEqual([
    1,
    `AssertionError: dataset ${dir}/nowhere: ${dir}/nowhere.idx does not exist\n`,
  ]);
  await prepare(join(dir, 'short'));
  truncateSync(`${dir}/short_text_document.idx`, 50);
  const short = await train('short-run', '--data-path', `${dir}/short_text_document`);
  expect([short.ended.code, short.ended.stderr]).toEqual([
    1,
    `AssertionError: dataset ${dir}/short_text_document: .idx has 50 bytes, its header asks for 2042\n`,
  ]);
  expect(existsSync(join(short.save, 'losses.tsv'))).toBe(false);
});

test('weights decide what is trained on, a file may hold them, and a dataset of weight 1 is the blend alone', async () => {
  const [a, b] = [`${dir}/a_text_document`, `${dir}/b_text_document`];
  writeFileSync(join(dir, 'blend.txt'), `0.7 ${a}\n0.3\t${b}\n`);
  const line = pretrain([a, b], join(dir, 'from-file'));
  const at = line.indexOf('--data-path');
  const inFile = [...line.slice(0, at), `--data-args-path=${dir}/blend.txt`, '--split=90,10,0'];
  expect((await trainer(inFile)).code).toBe(0);
  const [both, heavier, alone, weighed] = await Promise.all([
    train('both'),
    train('heavier', '--data-path', '0.9', a, '0.1', b),
    train('alone', '--data-path', a),
    train('weighed', '--data-path', '5', a),
  ]);
  expect(curve(join(dir, 'from-file'))).toEqual(curve(both.save));
  expect(curve(heavier.save)).not.toEqual(curve(both.save));
  expect(curve(weighed.save)).toEqual(curve(alone.save));
});

test('a split that leaves a dataset no document is refused by name', async () => {
  const { ended } = await train('no-documents', '--split=999,1,0');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`dataset ${dir}/a_text_document: --split 999,1,0 leaves nothing for part 2`);
});

test('a test split is evaluated at the end', async () => {
  const { ended } = await train('tested', '--split=80,10,10');
  expect(ended.stdout).toContain(' validation loss at iteration 24 on test set | lm loss value: ');
});
