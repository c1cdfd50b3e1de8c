import type { Architecture } from './architecture.ts';

export const llama318b: Architecture = {
  id: 'llama-3.1-8b',
  tokenizerFamily: 'llama-3.1',
  layers: 32,
  hidden: 4096,
  ffn: 14336,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 500000,
  ropeScaling: true,
  queryKeyNorm: false,
  normEpsilon: 1e-5,
  maxPositions: 131072,
  vocabulary: 128256,
  untied: true,
  source: 'meta-llama/Llama-3.1-8B config.json',
};
