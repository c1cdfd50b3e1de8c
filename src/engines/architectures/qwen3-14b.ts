import type { Architecture } from './architecture.ts';

export const qwen314b: Architecture = {
  id: 'qwen3-14b',
  tokenizerFamily: 'qwen3',
  layers: 40,
  hidden: 5120,
  ffn: 17408,
  heads: 40,
  groups: 8,
  headWidth: 128,
  rotaryBase: 1000000,
  ropeScaling: false,
  queryKeyNorm: true,
  normEpsilon: 1e-6,
  maxPositions: 40960,
  vocabulary: 151936,
  untied: true,
  source: 'Qwen/Qwen3-14B config.json',
};
