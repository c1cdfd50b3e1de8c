import type { Architecture } from './architecture.ts';

/** Llama 3.1’s sizes without its scaled positions. */
export const llama38b: Architecture = {
  id: 'llama-3-8b',
  tokenizerFamily: 'llama-3',
  layers: 32,
  hidden: 4096,
  ffn: 14336,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 500000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 8192,
  vocabulary: 128256,
  untied: true,
  source: 'meta-llama/Meta-Llama-3-8B config.json',
};

export const llama370b: Architecture = {
  id: 'llama-3-70b',
  tokenizerFamily: 'llama-3',
  layers: 80,
  hidden: 8192,
  ffn: 28672,
  heads: 64,
  groups: 8,
  headWidth: 128,
  rotaryBase: 500000,
  ropeScaling: false,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 8192,
  vocabulary: 128256,
  untied: true,
  source: 'meta-llama/Meta-Llama-3-70B config.json',
};
