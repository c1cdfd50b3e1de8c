import type { Model } from '../../recipe/schema.ts';
import type { Architecture } from './architecture.ts';
import { llama318b } from './llama-3.1-8b.ts';
import { llama3170b } from './llama-3.1-70b.ts';
import { qwen38b } from './qwen3-8b.ts';
import { qwen332b } from './qwen3-32b.ts';

/** Every architecture this version knows, one small file each. */
export const ARCHITECTURES: readonly Architecture[] = [llama318b, llama3170b, qwen38b, qwen332b];

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

/** The architecture a model names, with its overrides; undefined when this version does not know it. */
export const architectureOf = (model: Model): Architecture | undefined => {
  const named = ARCHITECTURES.find(each => each.id === model.architecture);
  if (!named) return undefined;
  const overrides = Object.entries(model).flatMap(([name, value]) => {
    if (name === 'tie_word_embeddings') return [['untied', !value]];
    const ours = CONFIG_NAMES[name];
    return ours ? [[ours, value]] : [];
  });
  return { ...named, ...Object.fromEntries(overrides) };
};
