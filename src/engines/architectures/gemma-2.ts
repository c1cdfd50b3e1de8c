import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** No flag of pretrain_gpt.py (0.19) has its logit and attention soft-capping, norms on both sides and scaled embeddings. */
const gemma2 = {
  ...LLAMA_LIKE,
  tokenizerFamily: 'gemma-2',
  rotaryBase: 10000,
  normEpsilon: 1e-6,
  maxPositions: 8192,
  vocabulary: 256000,
  untied: false,
  activation: 'geglu',
  doubleNorms: true,
  window: { tokens: 4096, every: 2 },
  bridgeOnly: 'Megatron-LM has no flags for its soft-capping, norms and scaled embeddings',
} as const;

export const gemma22b: Architecture = {
  ...gemma2,
  id: 'gemma-2-2b',
  layers: 26,
  hidden: 2304,
  ffn: 9216,
  heads: 8,
  groups: 4,
  headWidth: 256,
  source: 'google/gemma-2-2b config.json',
};

export const gemma29b: Architecture = {
  ...gemma2,
  id: 'gemma-2-9b',
  layers: 42,
  hidden: 3584,
  ffn: 14336,
  heads: 16,
  groups: 8,
  headWidth: 256,
  source: 'google/gemma-2-9b config.json',
};

export const gemma227b: Architecture = {
  ...gemma2,
  id: 'gemma-2-27b',
  layers: 46,
  hidden: 4608,
  ffn: 36864,
  heads: 32,
  groups: 16,
  headWidth: 128,
  source: 'google/gemma-2-27b config.json',
};
