import type { Architecture } from './architecture.ts';

/** It was trained with an auxiliary loss of 0.02 (config.json). */
export const mixtral8x7b: Architecture = {
  id: 'mixtral-8x7b',
  tokenizerFamily: 'mistral',
  layers: 32,
  hidden: 4096,
  ffn: 14336,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 1000000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 32768,
  vocabulary: 32000,
  untied: true,
  experts: { count: 8, topK: 2, ffn: 14336, balancing: 'aux_loss', auxLoss: 0.02 },
  source: 'mistralai/Mixtral-8x7B-v0.1 config.json',
};
