import { expect, test } from 'vitest';
import {
  type Architecture,
  activeParameterCount,
  parameterCount,
} from '../../../src/engines/architectures/architecture.ts';
import { ARCHITECTURES, architectureOf } from '../../../src/engines/architectures/index.ts';
import { stepFlops } from '../../../src/engines/megatron/flops.ts';

const named = (id: string): Architecture => {
  const found = ARCHITECTURES.find(each => each.id === id);
  if (!found) throw new Error(`no ${id}`);
  return found;
};

test('every architecture has a name of its own and says where its sizes were read', () => {
  expect(new Set(ARCHITECTURES.map(each => each.id)).size).toBe(ARCHITECTURES.length);
  for (const { id, source } of ARCHITECTURES) expect(source, id).toMatch(/config\.json|arXiv|configs of/);
});

// The exact totals of the released safetensors files (huggingface.co) and of Megatron-LM's own counter.
test.each([
  ['llama-2-7b', 6_738_415_616],
  ['llama-2-13b', 13_015_864_320],
  ['llama-2-70b', 68_976_648_192],
  ['llama-3-8b', 8_030_261_248],
  ['llama-3-70b', 70_553_706_496],
  ['llama-3.1-8b', 8_030_261_248],
  ['llama-3.1-70b', 70_553_706_496],
  ['llama-3.3-70b', 70_553_706_496],
  ['mistral-7b', 7_241_732_096],
  ['mixtral-8x7b', 46_702_792_704],
  ['qwen3-8b', 8_190_735_360],
  ['qwen3-14b', 14_768_307_200],
  ['qwen3-32b', 32_762_123_264],
  ['qwen3-30b-a3b', 30_532_122_624],
  ['gpt-oss-20b', 20_914_757_184],
  ['gpt-oss-120b', 116_829_156_672],
  ['gemma-2-2b', 2_614_341_888],
  ['gemma-2-9b', 9_241_705_984],
  ['gemma-2-27b', 27_227_128_320],
])('%s counts %d parameters', (id, published) => {
  expect(parameterCount(named(id))).toBe(published);
});

/** To as many digits as were published. */
const rounded = (count: number, digits: number): number => Number((count / 1e9).toPrecision(digits));

// Billions, as they are published: arXiv 2509.09009, and the names of llm-jp/optimal-sparsity-*.
test.each([
  ['open-sci-ref-0.13b', 0.13, 2],
  ['open-sci-ref-0.4b', 0.4, 1],
  ['open-sci-ref-1.3b', 1.3, 2],
  ['open-sci-ref-1.7b', 1.7, 2],
  ['optimal-sparsity-d512-e8-k2', 0.32, 2],
  ['optimal-sparsity-d1024-e16-k2', 1.9, 2],
])('%s is of %d billion parameters', (id, billions, digits) => {
  expect(rounded(parameterCount(named(id)), digits)).toBe(billions);
});

// arXiv 2502.19261 rounds some totals and cuts others.
test.each([
  ['drop-upcycling-8x152m', 0.417e9],
  ['drop-upcycling-8x1.5b', 8.9e9],
  ['drop-upcycling-8x3.7b', 18e9],
])('%s is of about %d parameters', (id, published) => {
  expect(Math.abs(parameterCount(named(id)) / published - 1)).toBeLessThan(0.04);
});

// What one token meets. GPT-OSS's cards leave the input embedding out (arXiv 2508.10925), the others count all.
test.each([
  ['mixtral-8x7b', 12.9, 3, true],
  ['qwen3-30b-a3b', 3.35, 3, true],
  ['gpt-oss-20b', 3.61, 3, false],
  ['gpt-oss-120b', 5.13, 3, false],
  ['drop-upcycling-8x152m', 0.19, 2, true],
  ['drop-upcycling-8x1.5b', 2.6, 2, true],
  ['drop-upcycling-8x3.7b', 5.9, 2, true],
  ['optimal-sparsity-d512-e8-k2', 0.17, 2, true],
  ['optimal-sparsity-d1024-e16-k2', 0.47, 2, true],
])('of %s a token meets %d billion parameters', (id, billions, digits, withEmbedding) => {
  const a = named(id);
  const all = activeParameterCount(a);
  expect(rounded(withEmbedding ? all : all - a.vocabulary * a.hidden, digits)).toBe(billions);
});

test('of a dense model a token meets every parameter', () => {
  expect(activeParameterCount(named('qwen3-8b'))).toBe(parameterCount(named('qwen3-8b')));
});

// Swallow's longer vocabularies are words of the recipe, not architectures: tokyotech-llm/Swallow-7b-hf, Swallow-MS-7b-v0.1.
test.each([
  ['llama-2-7b', 43176, 6_829_969_408],
  ['mistral-7b', 42880, 7_330_861_056],
])('%s with %d rows counts %d parameters', (id, rows, published) => {
  const model = { base: 'x/y', architecture: id, vocab_size: rows } as Parameters<typeof architectureOf>[0];
  const found = architectureOf(model);
  expect(found && parameterCount(found)).toBe(published);
});

test('the family of Optimal Sparsity is width x experts x top-k, without those that choose more than there are', () => {
  const family = ARCHITECTURES.filter(each => each.id.startsWith('optimal-sparsity'));
  expect(family).toHaveLength(3 * (6 * 4 - 1));
  for (const { id, experts } of family) expect(experts?.topK, id).toBeLessThanOrEqual(experts?.count ?? 0);
});

// num_floating_point_operations of megatron/training/training.py (core_v0.19.0), run for these sizes.
test.each([
  ['llama-3.1-8b', 128256, 4096, 4.8249e10],
  ['llama-3.1-8b', 128256, 8192, 5.147e10],
  ['llama-3.1-70b', 128512, 4096, 4.3313e11],
  ['qwen3-8b', 151936, 8192, 5.2656e10],
  ['qwen3-32b', 151936, 4096, 2.0479e11],
  ['qwen3-30b-a3b', 151936, 4096, 2.3006e10],
  ['qwen3-30b-a3b', 151936, 8192, 2.7838e10],
  ['mixtral-8x7b', 32000, 8192, 8.2928e10],
  ['gpt-oss-20b', 201088, 4096, 2.4046e10],
  ['gpt-oss-120b', 201088, 4096, 3.4331e10],
])('%s with %d rows needs the FLOPs Megatron-LM counts at length %d', (id, vocabulary, sequence, perToken) => {
  expect(stepFlops(named(id), 1, sequence, vocabulary) / sequence / perToken).toBeCloseTo(1, 4);
});
