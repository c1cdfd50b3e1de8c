import type { Model } from '../../recipe/schema.ts';
import type { Architecture, Experts } from './architecture.ts';
import { dropUpcycling8x15b, dropUpcycling8x37b, dropUpcycling8x152m } from './drop-upcycling.ts';
import { gemma22b, gemma29b, gemma227b } from './gemma-2.ts';
import { gptOss20b, gptOss120b } from './gpt-oss.ts';
import { llama27b, llama213b, llama270b } from './llama-2.ts';
import { llama318b } from './llama-3.1-8b.ts';
import { llama3170b, llama3370b } from './llama-3.1-70b.ts';
import { llama38b, llama370b } from './llama-3.ts';
import { mistral7b } from './mistral-7b.ts';
import { mixtral8x7b } from './mixtral-8x7b.ts';
import { openSciRef04b, openSciRef13b, openSciRef17b, openSciRef013b } from './open-sci-ref.ts';
import { optimalSparsity } from './optimal-sparsity.ts';
import { qwen38b } from './qwen3-8b.ts';
import { qwen314b } from './qwen3-14b.ts';
import { qwen330bA3b } from './qwen3-30b-a3b.ts';
import { qwen332b } from './qwen3-32b.ts';

/** Every architecture this version knows, a small file for each or for a family. */
export const ARCHITECTURES: readonly Architecture[] = [
  ...[llama27b, llama213b, llama270b, llama38b, llama370b, llama318b, llama3170b, llama3370b],
  ...[mistral7b, mixtral8x7b],
  ...[qwen38b, qwen314b, qwen332b, qwen330bA3b],
  ...[gptOss20b, gptOss120b],
  ...[gemma22b, gemma29b, gemma227b],
  ...[openSciRef013b, openSciRef04b, openSciRef13b, openSciRef17b],
  ...[dropUpcycling8x152m, dropUpcycling8x15b, dropUpcycling8x37b],
  ...optimalSparsity,
];

/** For a sentence: a family of many is one word of it. */
export const KNOWN_ARCHITECTURES = [
  ...ARCHITECTURES.filter(each => !optimalSparsity.includes(each)).map(each => each.id),
  'optimal-sparsity-dWIDTH-eEXPERTS-kTOPK',
].join(', ');

/** config.json's names, which a recipe may write beside `architecture`, to ours. */
const CONFIG_NAMES: Readonly<Record<string, keyof Architecture>> = {
  num_hidden_layers: 'layers',
  hidden_size: 'hidden',
  intermediate_size: 'ffn',
  num_attention_heads: 'heads',
  num_key_value_heads: 'groups',
  head_dim: 'headWidth',
  rope_theta: 'rotaryBase',
  rms_norm_eps: 'normEpsilon',
  max_position_embeddings: 'maxPositions',
  vocab_size: 'vocabulary',
};

const expertsOf = ({ experts }: Architecture, model: Model): Experts | undefined =>
  experts && {
    ...experts,
    count: model.num_experts ?? experts.count,
    topK: model.num_experts_per_tok ?? experts.topK,
    ffn: model.moe_intermediate_size ?? experts.ffn,
  };

/** The architecture a model names, with its overrides; undefined when this version does not know it. */
export const architectureOf = (model: Model): Architecture | undefined => {
  const named = ARCHITECTURES.find(each => each.id === model.architecture);
  if (!named) return undefined;
  const overrides = Object.entries(model).flatMap(([name, value]) => {
    if (name === 'tie_word_embeddings') return [['untied', !value]];
    const ours = CONFIG_NAMES[name];
    return ours ? [[ours, value]] : [];
  });
  const experts = expertsOf(named, model);
  return { ...named, ...Object.fromEntries(overrides), ...(experts ? { experts } : {}) };
};
