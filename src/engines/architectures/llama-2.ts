import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** Swallow’s extended vocabulary is an override in the recipe: `vocab_size: 43176`. */
const llama2 = {
  ...LLAMA_LIKE,
  tokenizerFamily: 'llama-2',
  headWidth: 128,
  rotaryBase: 10000,
  maxPositions: 4096,
  vocabulary: 32000,
} as const;

export const llama27b: Architecture = {
  ...llama2,
  id: 'llama-2-7b',
  layers: 32,
  hidden: 4096,
  ffn: 11008,
  heads: 32,
  groups: 32,
  source: 'meta-llama/Llama-2-7b-hf config.json',
};

export const llama213b: Architecture = {
  ...llama2,
  id: 'llama-2-13b',
  layers: 40,
  hidden: 5120,
  ffn: 13824,
  heads: 40,
  groups: 40,
  source: 'meta-llama/Llama-2-13b-hf config.json',
};

export const llama270b: Architecture = {
  ...llama2,
  id: 'llama-2-70b',
  layers: 80,
  hidden: 8192,
  ffn: 28672,
  heads: 64,
  groups: 8,
  source: 'meta-llama/Llama-2-70b-hf config.json',
};
