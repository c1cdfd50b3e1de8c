import type { ModelTraits } from '../architectures/recognise.ts';
import type { Values } from './argparse.ts';

/** Llama 3.1's positions in the words of a fork, or of the release. */
const LLAMA_31 = { '--rope-factor': 8, '--rope-low-freq-factor': 1, '--rope-high-freq-factor': 4 } as const;

const isScaled = (values: Values, said: ReadonlyMap<string, readonly string[]>): boolean =>
  values.use_rope_scaling === true ||
  Object.entries(LLAMA_31).every(([flag, value]) => Number(said.get(flag)?.[0]) === value);

/** Megatron-LM's default with --swiglu: two thirds of four times the width, in steps of 64 (arguments.py). */
const ffnOf = (values: Values): number =>
  values.ffn_hidden_size ?? Math.trunc((4 * values.hidden_size * 2) / 3 / 64) * 64;

/** A fork calls it --rope-theta. */
export const rotaryBaseOf = (values: Values, said: ReadonlyMap<string, readonly string[]>): number =>
  Number(said.get('--rope-theta')?.[0] ?? values.rotary_base);

const expertsOf = (values: Values): ModelTraits['experts'] =>
  values.num_experts
    ? { count: values.num_experts, topK: values.moe_router_topk, ffn: values.moe_ffn_hidden_size ?? ffnOf(values) }
    : undefined;

/** What keeps a model from being one of martlet's Llama-like ones. */
const PROBLEMS: readonly (readonly [(values: Values) => boolean, string])[] = [
  [v => !v.num_layers || !v.hidden_size || !v.num_attention_heads, 'its sizes are not on the command line'],
  [v => v.normalization !== 'RMSNorm', 'it has LayerNorm, and every architecture of martlet has RMSNorm'],
  [v => v.swiglu !== true, 'it has no --swiglu, which every architecture that pretrain_gpt.py gets from martlet has'],
  [
    v => !['rope', 'yarn'].includes(v.position_embedding_type) && v.use_rotary_position_embeddings !== true,
    'its positions are not rotary',
  ],
  [v => v.add_qkv_bias === true, 'it has --add-qkv-bias, which no architecture of this version has'],
  [v => v.moe_layer_freq !== 1 && Boolean(v.num_experts), 'only some of its layers are routed (--moe-layer-freq)'],
];

/** Sizes and kind of the model on a command line (`said`: its options and their words, unknown ones too), or why it cannot be said in a recipe. */
export const traitsOf = (
  values: Values,
  said: ReadonlyMap<string, readonly string[]>,
): ModelTraits | { readonly problem: string } => {
  const problem = PROBLEMS.find(([broken]) => broken(values))?.[1];
  if (problem !== undefined) return { problem };
  const heads: number = values.num_attention_heads;
  return {
    layers: values.num_layers,
    hidden: values.hidden_size,
    ffn: ffnOf(values),
    heads,
    // --num-query-groups is only read together with --group-query-attention.
    groups: values.group_query_attention ? values.num_query_groups : heads,
    headWidth: values.kv_channels ?? values.hidden_size / heads,
    rotaryBase: rotaryBaseOf(values, said),
    normEpsilon: values.layernorm_epsilon,
    untied: values.untie_embeddings_and_output_weights === true,
    ropeScaling: isScaled(values, said),
    queryKeyNorm: values.qk_layernorm === true,
    biases: values.add_bias_linear !== false,
    hasWindow: values.window_size !== null && values.window_size !== undefined,
    hasYarn: values.position_embedding_type === 'yarn',
    hasSinks: values.softmax_type === 'learnable',
    experts: expertsOf(values),
  };
};
