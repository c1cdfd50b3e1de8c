import { type Architecture, LLAMA_LIKE } from './architecture.ts';

/** The rotary base of the runs up to 50 B tokens and of the released 1 T ones; those of 300 B left it at 10,000. */
const openSciRef = {
  ...LLAMA_LIKE,
  tokenizerFamily: 'gpt-neox',
  headWidth: 64,
  rotaryBase: 100000,
  queryKeyNorm: true,
  maxPositions: 4096,
  vocabulary: 50304,
  untied: false,
  source: 'open-sci-ref 0.01 (arXiv 2509.09009) and its training script',
} as const;

export const openSciRef013b: Architecture = {
  ...openSciRef,
  id: 'open-sci-ref-0.13b',
  layers: 22,
  hidden: 512,
  ffn: 2256,
  heads: 8,
  groups: 8,
};

export const openSciRef04b: Architecture = {
  ...openSciRef,
  id: 'open-sci-ref-0.4b',
  layers: 22,
  hidden: 1024,
  ffn: 3840,
  heads: 16,
  groups: 16,
};

export const openSciRef13b: Architecture = {
  ...openSciRef,
  id: 'open-sci-ref-1.3b',
  layers: 24,
  hidden: 2048,
  ffn: 5440,
  heads: 32,
  groups: 32,
};

export const openSciRef17b: Architecture = {
  ...openSciRef,
  id: 'open-sci-ref-1.7b',
  layers: 24,
  hidden: 2048,
  ffn: 8192,
  heads: 32,
  groups: 32,
};
