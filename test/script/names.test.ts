import { expect, test } from 'vitest';
import { baseIdFrom, datasetNames, freeName, modelFolder, nameFrom, tokenizerIdFrom } from '../../src/script/names.ts';

test.each([
  ['my job', 'my-job'],
  ['0149_verl', 'x-0149_verl'],
  ['--', 'x'],
  ['日本語', 'x'],
  ['a'.repeat(80), 'a'.repeat(64)],
])('%s becomes the name %s', (text, name) => {
  expect(nameFrom(text)).toBe(name);
});

test('a taken name gets a number, also where it is as long as a name may be', () => {
  expect(freeName('a', new Set(['a', 'a-2']))).toBe('a-3');
  expect(freeName('b'.repeat(64), new Set(['b'.repeat(64)]))).toHaveLength(61);
});

test('data sets are called after their files, with the folder where the file says too little', () => {
  expect(
    datasetNames([
      '/d/ja_wiki_text_document',
      '/d/top10/dump_0_text_document',
      '/d/rest/dump_0_text_document',
      '/d/x.jsonl_text_document',
    ]),
  ).toEqual(['ja_wiki', 'top10-dump_0', 'rest-dump_0', 'x']);
});

test.each([
  ['/x/Meta-Llama-3.1-8B/tokenizer.json', '/x/Meta-Llama-3.1-8B'],
  ['/x/Qwen3-8B-Base/', '/x/Qwen3-8B-Base'],
])('the folder of %s is %s', (path, folder) => {
  expect(modelFolder(path)).toBe(folder);
});

test.each([
  [
    'meta-llama/Llama-3.1-8B',
    ['/c/Llama-3.1-8b/tp2-pp2', '/h/Meta-Llama-3.1-8B/tokenizer.json'],
    'meta-llama/Llama-3.1-8B',
  ],
  [
    'meta-llama/Llama-3.1-8B',
    ['/c/Llama-3.1-8b-instruct/tp2', '/h/Meta-Llama-3.1-8B-Instruct'],
    'meta-llama/Llama-3.1-8B-Instruct',
  ],
  ['Qwen/Qwen3-30B-A3B', ['/c/Qwen3-30B-A3B-Base', '/h/Qwen3-8B-Base/'], 'Qwen/Qwen3-30B-A3B-Base'],
  ['meta-llama/Llama-2-70b-hf', ['/c/own-model/tp4-pp8'], 'local/own-model'],
  ['meta-llama/Meta-Llama-3-8B', ['/c/Mistral', 'mistralai/Mistral-7B-v0.1'], 'mistralai/Mistral-7B-v0.1'],
  ['meta-llama/Llama-3.1-8B', [], 'meta-llama/Llama-3.1-8B'],
])('a model of the sizes of %s at %j is %s', (known, paths, id) => {
  expect(baseIdFrom(known, paths)).toBe(id);
});

test('another tokenizer than the base’s is named, of the same family under the same roof', () => {
  expect(tokenizerIdFrom('/h/Meta-Llama-3.1-8B/tokenizer.json', 'meta-llama/Llama-3.1-8B')).toBeUndefined();
  expect(tokenizerIdFrom('/h/Qwen3-8B-Base/', 'Qwen/Qwen3-30B-A3B-Base')).toBe('Qwen/Qwen3-8B-Base');
  expect(tokenizerIdFrom('org/other', 'Qwen/Qwen3-30B-A3B-Base')).toBe('org/other');
  expect(tokenizerIdFrom('/h/llm-jp-v3/', 'Qwen/Qwen3-30B-A3B-Base')).toBe('llm-jp-v3');
});
