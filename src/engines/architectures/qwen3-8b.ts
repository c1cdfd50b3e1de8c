import type { Architecture } from './architecture.ts';

export const qwen38b: Architecture = {
  id: 'qwen3-8b',
  tokenizerFamily: 'qwen3',
  layers: 36,
  hidden: 4096,
  ffn: 12288,
  heads: 32,
  groups: 8,
  headWidth: 128,
  rotaryBase: 1000000,
  ropeScaling: false,
  queryKeyNorm: true,
  normEpsilon: 1e-6,
  maxPositions: 40960,
  vocabulary: 151936,
  untied: true,
  source: 'Qwen/Qwen3-8B config.json',
};
