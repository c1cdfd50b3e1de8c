import type { Architecture } from './architecture.ts';

/** Every layer is routed; the chosen weights are normalised after top-k, which is Megatron-LM’s default. */
export const qwen330bA3b: Architecture = {
  id: 'qwen3-30b-a3b',
  tokenizerFamily: 'qwen3',
  layers: 48,
  hidden: 2048,
  ffn: 6144,
  heads: 32,
  groups: 4,
  headWidth: 128,
  rotaryBase: 1000000,
  ropeScaling: false,
  queryKeyNorm: true,
  normEpsilon: 1e-6,
  maxPositions: 40960,
  vocabulary: 151936,
  untied: true,
  experts: { count: 128, topK: 8, ffn: 768, balancing: 'aux_loss', auxLoss: 0.001 },
  source: 'Qwen/Qwen3-30B-A3B config.json',
};
