import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from '../helpers/bash.ts';
import { type MadeTensor, type MadeTensors, safetensors, writeHfFolder } from '../helpers/hf-folder.ts';
import { templatesFolder } from '../helpers/templates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'martlet-hf '));
afterAll(() => rmSync(scratch, { recursive: true }));

const PROGRAM = join(templatesFolder, 'engine/hf_folder.py');
const python = (...words: string[]) =>
  run(['python3', PROGRAM, ...words], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });

let made = 0;
const place = (): string => join(scratch, String(made++));

const ONE = 'model-00001-of-00002.safetensors';
const TWO = 'model-00002-of-00002.safetensors';
const INDEX = 'model.safetensors.index.json';
const bf16 = (...shape: number[]): MadeTensor => ({ dtype: 'BF16', shape });

/** 3 x 4 + 4 + 3 x 4 = 28 parameters. */
const FIRST: MadeTensors = { 'model.embed_tokens.weight': bf16(3, 4), 'model.norm.weight': bf16(4) };
const SECOND: MadeTensors = { 'lm_head.weight': bf16(3, 4) };

const whole = (more: { first?: MadeTensors; second?: MadeTensors; config?: Record<string, unknown> } = {}): string =>
  writeHfFolder(place(), {
    config: more.config ?? {},
    shards: { [ONE]: { ...FIRST, ...more.first }, [TWO]: more.second ?? SECOND },
  });

test('a whole folder passes, and its tensors and parameters are counted', () => {
  const folder = whole();
  expect(python('check', folder, '--parameters=28')).toEqual({
    code: 0,
    stdout: `martlet: ${folder}: 3 tensors, 28 parameters\n`,
    stderr: '',
  });
  expect(python('check', folder, `--like=${whole()}`).stdout).toContain('3 tensors, 28 parameters, as in');
});

test('one file without an index is a whole folder too', () => {
  const folder = writeHfFolder(place(), { shards: { 'model.safetensors': FIRST } });
  expect(python('check', folder, '--parameters=16')).toMatchObject({ code: 0, stderr: '' });
});

/** A folder that was broken, and the sentence that says so; `like` is the source it is held against. */
const BROKEN: readonly (readonly [string, () => readonly [folder: string, like?: string], RegExp])[] = [
  [
    'a shard that is missing',
    () => [drop(whole(), TWO)],
    /model-00002-of-00002\.safetensors is missing, and .*index\.json names it/,
  ],
  [
    'a shard that is cut off in its data',
    () => [cut(whole(), ONE, 5)],
    /00001.* is cut off: it has \d+ bytes, and its header asks for \d+/,
  ],
  [
    'a shard that is cut off in its header',
    () => [cutTo(whole(), TWO, 20)],
    /00002.* has 20 bytes, too few for its header/,
  ],
  ['a shard that is empty', () => [cutTo(whole(), TWO, 0)], /00002.* has 0 bytes, too few for its header/],
  ['a shard with bytes behind its end', () => [grown(whole(), TWO)], /00002.* is too long/],
  ['a header that is no JSON', () => [noJson(whole())], /its header is no JSON/],
  [
    'a header whose sizes do not fit the shape',
    () => [misfit(whole())],
    /model\.x has 6 bytes; BF16 of shape \[3, 4\] has 24/,
  ],
  [
    'a tensor that the index puts elsewhere',
    () => [reindexed(whole(), 'lm_head.weight', ONE)],
    /lacks tensors that .* puts there: lm_head\.weight/,
  ],
  [
    'an index that leads out of the folder',
    () => [reindexed(whole(), 'lm_head.weight', '../x.safetensors')],
    /names a file outside of its folder/,
  ],
  [
    'a tensor that is in two shards',
    () => [whole({ second: { ...SECOND, 'model.norm.weight': bf16(4) } })],
    /repeats tensors of another file: model\.norm\.weight/,
  ],
  ['weights that are pickled', () => [pickled()], /pytorch_model\.bin holds pickled weights, which are not read/],
  ['a folder that is not there', () => [join(scratch, 'nowhere')], /nowhere is no folder/],
  ['a missing config', () => [drop(whole(), 'config.json')], /config\.json is missing or empty/],
  ['a missing tokenizer', () => [drop(whole(), 'tokenizer.json')], /has no tokenizer/],
  [
    'a tensor more than the source has',
    () => [whole({ first: { 'model.extra.weight': bf16(2) } }), whole()],
    /1 tensors are not in the source: model\.extra\.weight/,
  ],
  [
    'a tensor less than the source has',
    () => [whole(), whole({ first: { 'model.more.weight': bf16(2) } })],
    /1 tensors of the source are missing: model\.more\.weight/,
  ],
  [
    'another shape',
    () => [whole({ second: { 'lm_head.weight': bf16(4, 3) } }), whole()],
    /lm_head\.weight has the shape \[4, 3\]; in the source it is \[3, 4\]/,
  ],
  [
    'a wrong type',
    () => [whole({ second: { 'lm_head.weight': { dtype: 'F16', shape: [3, 4] } } }), whole()],
    /lm_head\.weight is F16; in the source it is BF16/,
  ],
  ['a broken source', () => [whole(), drop(whole(), TWO)], /00002.* is missing/],
];

const drop = (folder: string, name: string): string => {
  rmSync(join(folder, name));
  return folder;
};
const cutTo = (folder: string, name: string, bytes: number): string => {
  truncateSync(join(folder, name), bytes);
  return folder;
};
const cut = (folder: string, name: string, bytes: number): string =>
  cutTo(folder, name, statSync(join(folder, name)).size - bytes);
const grown = (folder: string, name: string): string => {
  writeFileSync(join(folder, name), 'x', { flag: 'a' });
  return folder;
};
const noJson = (folder: string): string => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(4n);
  writeFileSync(join(folder, TWO), Buffer.concat([length, Buffer.from('oops')]));
  return folder;
};
const misfit = (folder: string): string => {
  const header = Buffer.from(JSON.stringify({ 'model.x': { dtype: 'BF16', shape: [3, 4], data_offsets: [0, 6] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(join(folder, TWO), Buffer.concat([length, header, Buffer.alloc(6)]));
  return folder;
};
const reindexed = (folder: string, tensor: string, file: string): string => {
  const held = JSON.parse(readFileSync(join(folder, INDEX), 'utf8'));
  held.weight_map[tensor] = file;
  writeFileSync(join(folder, INDEX), JSON.stringify(held));
  return folder;
};
const pickled = (): string => {
  const folder = writeHfFolder(place(), { shards: { 'model.safetensors': FIRST } });
  writeFileSync(join(drop(folder, 'model.safetensors'), 'pytorch_model.bin'), 'pickle');
  return folder;
};

test.each(BROKEN)('%s is found', (_, make, sentence) => {
  const [folder, like] = make();
  const said = python('check', folder, ...(like === undefined ? [] : [`--like=${like}`]));
  expect(said.stderr).toMatch(sentence);
  expect(said).toMatchObject({ code: 1, stdout: '' });
  expect(said.stderr).not.toContain('Traceback');
});

test('another number of parameters than the architecture has is found', () => {
  expect(python('check', whole(), '--parameters=29').stderr).toMatch(/has 28 parameters; the architecture has 29/);
});

test('everything that is wrong is said at once', () => {
  const folder = drop(drop(whole(), TWO), 'tokenizer.json');
  expect(python('check', folder).stderr.trim().split('\n')).toHaveLength(2);
});

test('a tied output layer counts once, and may stand in one folder alone', () => {
  const tied = { config: { tie_word_embeddings: true } };
  const [with_, without_] = [whole(tied), whole({ ...tied, second: { 'model.tail.weight': bf16(1) } })];
  expect(python('check', with_, '--parameters=16').code).toBe(0);
  const bare = writeHfFolder(place(), { ...tied, shards: { 'model.safetensors': FIRST } });
  expect(python('check', bare, '--parameters=16', `--like=${with_}`)).toMatchObject({ code: 0, stderr: '' });
  expect(python('check', without_, `--like=${with_}`).stderr).toContain('not in the source: model.tail.weight');
});

test('what the source keeps in F32 may come back as BF16, never the other way', () => {
  const wide = whole({ second: { 'lm_head.weight': { dtype: 'F32', shape: [3, 4] } } });
  expect(python('check', whole(), `--like=${wide}`).code).toBe(0);
  expect(python('check', wide, `--like=${whole()}`).stderr).toContain('lm_head.weight is F32');
});

test('tables of old checkpoints that are no parameters are not counted', () => {
  const old = whole({ first: { 'model.layers.0.self_attn.rotary_emb.inv_freq': bf16(2) } });
  expect(python('check', old, '--parameters=28', `--like=${whole()}`).code).toBe(0);
});

test('quantised weights are looked at as files, and their parameters are not counted', () => {
  const folder = whole({ config: { quantization_config: { quant_method: 'mxfp4' } } });
  expect(python('check', folder, '--parameters=999')).toMatchObject({ code: 0, stderr: '' });
});

/** A checkpoint as an import leaves it: 28 parameters are at least 56 bytes. */
const megatron = (bytes: number, files: Record<string, string> = { 'metadata.json': '{}' }): string => {
  const folder = place();
  mkdirSync(join(folder, 'iter_0000000'), { recursive: true });
  writeFileSync(join(folder, 'latest_checkpointed_iteration.txt'), '0');
  writeFileSync(join(folder, 'iter_0000000/__0_0.distcp'), Buffer.alloc(bytes));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'iter_0000000', name), text);
  return folder;
};

const noTorch = (...words: string[]) =>
  run(['python3', '-S', PROGRAM, ...words], { env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' } });

test('a checkpoint of Megatron holds at least the bytes of its source, and says where no torch reads its names', () => {
  const source = `--like=${whole()}`;
  expect(noTorch('megatron', megatron(100), source)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('without torch'),
  });
  expect(noTorch('megatron', megatron(40), source).stderr).toContain('holds 40 bytes; 28 parameters in bf16 are more');
  expect(noTorch('megatron', megatron(100, {}), source).stderr).toContain(
    'has no metadata.json, which is written last',
  );
  expect(noTorch('megatron', join(scratch, 'nowhere'), source).stderr).toContain(
    'has no tracker that names an iteration',
  );
});

test('of the legacy format every rank counts', () => {
  const folder = place();
  for (const rank of ['mp_rank_00', 'mp_rank_01']) {
    mkdirSync(join(folder, 'iter_0000001', rank), { recursive: true });
    writeFileSync(join(folder, 'iter_0000001', rank, 'model_optim_rng.pt'), Buffer.alloc(30));
  }
  writeFileSync(join(folder, 'latest_checkpointed_iteration.txt'), '1');
  expect(noTorch('megatron', folder, `--like=${whole()}`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('legacy'),
  });
});

test('with torch the parameters of a checkpoint are counted, less the rows that pad its vocabulary', context => {
  if (run(['python3', '-c', 'import torch']).code !== 0) context.skip('torch is not installed here');
  const write = (rows: number, more: number): string => {
    const folder = megatron(0);
    const program = `
import sys, torch, torch.distributed.checkpoint as dcp
state = {"embedding.word_embeddings.weight": torch.zeros(${rows}, 4, dtype=torch.bfloat16), "output_layer.weight": torch.zeros(${rows}, 4, dtype=torch.bfloat16)}
state["decoder.final_layernorm.weight"] = torch.zeros(${4 + more}, dtype=torch.bfloat16)
state["decoder.layers._extra_state/shard_0_1"] = torch.zeros(9)
dcp.save(state, storage_writer=dcp.FileSystemWriter(sys.argv[1]), no_dist=True)
`;
    expect(run(['python3', '-c', program, join(folder, 'iter_0000000')])).toMatchObject({ code: 0 });
    return folder;
  };
  expect(python('megatron', write(8, 0), `--like=${whole()}`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('28 parameters'),
  });
  expect(python('megatron', write(8, 1), `--like=${whole()}`).stderr).toContain('holds 29 parameters; its source');
}, 120_000);

test('tokenizer and chat template travel along, and nothing else is written over', () => {
  const [folder, source] = [whole(), whole()];
  writeFileSync(join(source, 'chat_template.jinja'), '{{ messages }}');
  writeFileSync(join(source, 'tokenizer.json'), '{"mine": true}');
  writeFileSync(join(source, 'generation_config.json'), '{"eos_token_id": 2}');
  const before = readFileSync(join(folder, 'config.json'));
  expect(python('complete', folder, `--from=${source}`).code).toBe(0);
  expect(readFileSync(join(folder, 'chat_template.jinja'), 'utf8')).toBe('{{ messages }}');
  expect(readFileSync(join(folder, 'tokenizer.json'), 'utf8')).toBe('{"mine": true}');
  expect(readFileSync(join(folder, 'generation_config.json'), 'utf8')).toBe('{"eos_token_id": 2}');
  expect(readFileSync(join(folder, 'config.json'))).toEqual(before);
});

test('the header of a file with one tensor is read to the byte', () => {
  const bytes = safetensors({ x: { dtype: 'F32', shape: [2] } });
  const folder = writeHfFolder(place(), { shards: { 'model.safetensors': { x: { dtype: 'F32', shape: [2] } } } });
  expect(statSync(join(folder, 'model.safetensors')).size).toBe(bytes.length);
  expect(python('check', folder, '--parameters=2').code).toBe(0);
});
