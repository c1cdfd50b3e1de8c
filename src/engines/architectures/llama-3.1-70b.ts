import type { Architecture } from './architecture.ts';

export const llama3170b: Architecture = {
  id: 'llama-3.1-70b',
  tokenizerFamily: 'llama-3.1',
  layers: 80,
  hidden: 8192,
  ffn: 28672,
  heads: 64,
  groups: 8,
  headWidth: 128,
  rotaryBase: 500000,
  ropeScaling: true,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 131072,
  vocabulary: 128256,
  untied: true,
  source: 'meta-llama/Llama-3.1-70B config.json',
};

/** The sizes of 3.1 70B. */
export const llama3370b: Architecture = {
  ...llama3170b,
  id: 'llama-3.3-70b',
  source: 'meta-llama/Llama-3.3-70B-Instruct config.json',
};
