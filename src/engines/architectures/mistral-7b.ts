import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** Version 0.1. Swallow-MS extends its vocabulary: `vocab_size: 42880`. */
export const mistral7b: Architecture = {
  ...LLAMA_LIKE,
  id: 'mistral-7b',
  tokenizerFamily: 'mistral',
  layers: 32,
  hidden: 4096,
  ffn: 14336,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 10000,
  maxPositions: 32768,
  vocabulary: 32000,
  window: { tokens: 4096, every: 1 },
  source: 'mistralai/Mistral-7B-v0.1 config.json',
};
