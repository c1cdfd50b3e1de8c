import type { Architecture } from './architecture.ts';

/** Swallow’s extended vocabulary is an override in the recipe: `vocab_size: 43176`. */
export const llama27b: Architecture = {
  id: 'llama-2-7b',
  tokenizerFamily: 'llama-2',
  layers: 32,
  hidden: 4096,
  ffn: 11008,
  heads: 32,
  groups: 32,
  headWidth: 128,
  rotaryBase: 10000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 4096,
  vocabulary: 32000,
  untied: true,
  source: 'meta-llama/Llama-2-7b-hf config.json',
};

export const llama213b: Architecture = {
  id: 'llama-2-13b',
  tokenizerFamily: 'llama-2',
  layers: 40,
  hidden: 5120,
  ffn: 13824,
  heads: 40,
  groups: 40,
  headWidth: 128,
  rotaryBase: 10000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 4096,
  vocabulary: 32000,
  untied: true,
  source: 'meta-llama/Llama-2-13b-hf config.json',
};

export const llama270b: Architecture = {
  id: 'llama-2-70b',
  tokenizerFamily: 'llama-2',
  layers: 80,
  hidden: 8192,
  ffn: 28672,
  heads: 64,
  groups: 8,
  headWidth: 128,
  rotaryBase: 10000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 4096,
  vocabulary: 32000,
  untied: true,
  source: 'meta-llama/Llama-2-70b-hf config.json',
};
