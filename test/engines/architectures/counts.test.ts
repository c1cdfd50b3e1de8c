import { expect, test } from 'vitest';
import { parameterCount } from '../../../src/engines/architectures/architecture.ts';
import { ARCHITECTURES } from '../../../src/engines/architectures/index.ts';
import { stepFlops } from '../../../src/engines/megatron/flops.ts';

// The published totals: model cards, and Megatron-LM's own counter for the exact sizes.
test.each([
  ['llama-3.1-8b', 8_030_261_248],
  ['llama-3.1-70b', 70_553_706_496],
  ['qwen3-8b', 8_190_735_360],
  ['qwen3-32b', 32_762_123_264],
])('%s counts %d parameters', (id, published) => {
  const found = ARCHITECTURES.find(each => each.id === id);
  expect(found && parameterCount(found)).toBe(published);
});

// num_floating_point_operations of megatron/training/training.py (core_v0.19.0), run for these sizes.
test.each([
  ['llama-3.1-8b', 128256, 4096, 4.8249e10],
  ['llama-3.1-8b', 128256, 8192, 5.147e10],
  ['llama-3.1-70b', 128512, 4096, 4.3313e11],
  ['qwen3-8b', 151936, 8192, 5.2656e10],
  ['qwen3-32b', 151936, 4096, 2.0479e11],
])('%s with %d rows needs the FLOPs Megatron-LM counts at length %d', (id, vocabulary, sequence, perToken) => {
  const found = ARCHITECTURES.find(each => each.id === id);
  expect(found && stepFlops(found, 1, sequence, vocabulary) / sequence / perToken).toBeCloseTo(1, 4);
});
