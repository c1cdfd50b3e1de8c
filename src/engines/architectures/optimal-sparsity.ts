import { type Architecture, LLAMA_LIKE } from './architecture.ts';

const WIDTHS = [512, 1024, 2048];
const EXPERTS = [8, 16, 32, 64, 128, 256];
const TOP_K = [2, 4, 8, 16];

/**
 * Mixtral-like, 16 layers, full attention, experts twice as wide as the model: the released totals, as 320M-A170M of d512-E8-k2,
 * follow from that. The width of a head is published nowhere and changes no total.
 */
const member = (width: number, count: number, topK: number): Architecture => ({
  ...LLAMA_LIKE,
  id: `optimal-sparsity-d${width}-e${count}-k${topK}`,
  tokenizerFamily: 'llm-jp-v3',
  layers: 16,
  hidden: width,
  ffn: 2 * width,
  heads: width / 64,
  groups: width / 64,
  headWidth: 64,
  rotaryBase: 10000,
  maxPositions: 4096,
  vocabulary: 99584,
  experts: { count, topK, ffn: 2 * width, balancing: 'aux_loss', auxLoss: 0.01 },
  source: 'arXiv 2508.18672 and the names of llm-jp/optimal-sparsity-*',
});

/** Width x experts x top-k, where a token can have so many experts. */
export const optimalSparsity: readonly Architecture[] = WIDTHS.flatMap(width =>
  EXPERTS.flatMap(count => TOP_K.filter(topK => topK <= count).map(topK => member(width, count, topK))),
);
