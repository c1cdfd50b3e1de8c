import type { Architecture } from './architecture.ts';
import { qwen38b } from './qwen3-8b.ts';

export const qwen314b: Architecture = {
  ...qwen38b,
  id: 'qwen3-14b',
  layers: 40,
  hidden: 5120,
  ffn: 17408,
  heads: 40,
  source: 'Qwen/Qwen3-14B config.json',
};
