import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** Released in MXFP4; trained in bf16. Positions by YaRN, a sink for each head, every second layer windowed. */
const gptOss = {
  ...LLAMA_LIKE,
  tokenizerFamily: 'gpt-oss',
  hidden: 2880,
  ffn: 2880,
  heads: 64,
  groups: 8,
  headWidth: 64,
  rotaryBase: 150000,
  yarn: { factor: 32, originalPositions: 4096, betaFast: 32, betaSlow: 1 },
  maxPositions: 131072,
  vocabulary: 201088,
  biases: true,
  activation: 'clamped-swiglu',
  sinks: true,
  window: { tokens: 128, every: 2 },
} as const;

export const gptOss20b: Architecture = {
  ...gptOss,
  id: 'gpt-oss-20b',
  layers: 24,
  experts: { count: 32, topK: 4, ffn: 2880, balancing: 'none' },
  source: 'openai/gpt-oss-20b config.json',
};

export const gptOss120b: Architecture = {
  ...gptOss,
  id: 'gpt-oss-120b',
  layers: 36,
  experts: { count: 128, topK: 4, ffn: 2880, balancing: 'none' },
  source: 'openai/gpt-oss-120b config.json',
};
