import type { Architecture } from './architecture.ts';

export const qwen332b: Architecture = {
  id: 'qwen3-32b',
  tokenizerFamily: 'qwen3',
  layers: 64,
  hidden: 5120,
  ffn: 25600,
  heads: 64,
  groups: 8,
  headWidth: 128,
  rotaryBase: 1000000,
  ropeScaling: false,
  queryKeyNorm: true,
  normEpsilon: 1e-6,
  maxPositions: 40960,
  vocabulary: 151936,
  untied: true,
  source: 'Qwen/Qwen3-32B config.json',
};
