import type { Architecture } from './architecture.ts';
import { qwen38b } from './qwen3-8b.ts';

/** Every layer is routed; the chosen weights are normalised after top-k, which is Megatron-LM’s default. */
export const qwen330bA3b: Architecture = {
  ...qwen38b,
  id: 'qwen3-30b-a3b',
  layers: 48,
  hidden: 2048,
  ffn: 6144,
  heads: 32,
  groups: 4,
  experts: { count: 128, topK: 8, ffn: 768, balancing: 'aux_loss', auxLoss: 0.001 },
  source: 'Qwen/Qwen3-30B-A3B config.json',
};
