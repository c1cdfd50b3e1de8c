import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** It was trained with an auxiliary loss of 0.02 (config.json). */
export const mixtral8x7b: Architecture = {
  ...LLAMA_LIKE,
  id: 'mixtral-8x7b',
  tokenizerFamily: 'mistral',
  layers: 32,
  hidden: 4096,
  ffn: 14336,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 1000000,
  maxPositions: 32768,
  vocabulary: 32000,
  experts: { count: 8, topK: 2, ffn: 14336, balancing: 'aux_loss', auxLoss: 0.02 },
  source: 'mistralai/Mixtral-8x7B-v0.1 config.json',
};
