import { type Architecture, LLAMA_LIKE } from './architecture.ts';

const dropUpcycling = {
  ...LLAMA_LIKE,
  tokenizerFamily: 'llm-jp-v3',
  rotaryBase: 10000,
  maxPositions: 4096,
  vocabulary: 99584,
  source: 'conversions/configs of Taishi-N324/Drop-Upcycling at 481747d (arXiv 2502.19261)',
} as const;

export const dropUpcycling8x152m: Architecture = {
  ...dropUpcycling,
  id: 'drop-upcycling-8x152m',
  layers: 12,
  hidden: 512,
  ffn: 2048,
  heads: 8,
  groups: 8,
  headWidth: 64,
  experts: { count: 8, topK: 2, ffn: 2048, balancing: 'aux_loss', auxLoss: 0.02 },
};

/** Its tokenizer is an older and smaller one than that of the others. */
export const dropUpcycling8x15b: Architecture = {
  ...dropUpcycling,
  id: 'drop-upcycling-8x1.5b',
  tokenizerFamily: 'llm-jp-v2',
  layers: 24,
  hidden: 2048,
  ffn: 7168,
  heads: 16,
  groups: 8,
  headWidth: 128,
  vocabulary: 48640,
  experts: { count: 8, topK: 2, ffn: 7168, balancing: 'aux_loss', auxLoss: 0.02 },
};

export const dropUpcycling8x37b: Architecture = {
  ...dropUpcycling,
  id: 'drop-upcycling-8x3.7b',
  layers: 28,
  hidden: 3072,
  ffn: 8192,
  heads: 24,
  groups: 24,
  headWidth: 128,
  experts: { count: 8, topK: 2, ffn: 8192, balancing: 'aux_loss', auxLoss: 0.02 },
};
