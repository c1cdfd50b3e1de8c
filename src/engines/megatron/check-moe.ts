import { layoutOf } from '../layout.ts';
import { windowOf } from './flags-model.ts';
import { balancing } from './flags-moe.ts';
import type { Rule } from './rule.ts';
import { divides, legal } from './rule.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

const experts = (s: MegatronSpec): number => s.architecture.experts?.count ?? 0;
const expert = (s: MegatronSpec): number => layoutOf(s.stage).expert;
/** Megatron-LM takes the tensor-parallel size where none is given (validate_args in arguments.py). */
const expertTensor = (s: MegatronSpec): number => parallelOf(s)?.expert_tensor ?? layoutOf(s.stage).tensor;

const isRing = (s: MegatronSpec): boolean =>
  layoutOf(s.stage).context > 1 && s.stage.extra?.['--cp-comm-type'] !== 'a2a';

/** Heads and key-value groups of one tensor-parallel rank, which an exchange of all with all spreads over the context ranks. */
const perRank = (s: MegatronSpec): readonly number[] =>
  [s.architecture.heads, s.architecture.groups].map(each => each / layoutOf(s.stage).tensor);

/** GPUs over which one copy of all experts is spread. */
const expertWorld = (s: MegatronSpec): number => expertTensor(s) * expert(s) * layoutOf(s.stage).pipeline;

/** Models with experts, and words for them at models without (MoE part of validate_args and TransformerConfig, 0.19). */
export const MOE_RULES: readonly Rule[] = [
  {
    path: 'moe',
    broken: s => experts(s) === 0 && s.stage.moe !== undefined,
    what: s => `moe: is for models with experts; ${s.architecture.id} has none.`,
    why: 'Megatron-LM would not read a word of it.',
    hint: () => 'remove moe:, or name an architecture with experts.',
  },
  {
    path: 'parallel.expert',
    broken: s => experts(s) === 0 && expert(s) > 1,
    what: s => `${s.architecture.id} has no experts to spread over ${expert(s)} GPUs.`,
    why: 'num_experts must be non None to use expert model parallelism.',
  },
  {
    path: 'parallel.expert',
    broken: s => experts(s) > 0 && !divides(expert(s), experts(s)),
    what: s => `${experts(s)} experts cannot be spread over expert ${expert(s)}.`,
    why: 'the number of experts must be a multiple of the expert-parallel size.',
    hint: s => `legal: ${legal([1, 2, 4, 8, 16, 32, 64, 128], n => divides(n, experts(s)))}.`,
  },
  {
    path: 'parallel.expert',
    broken: s => experts(s) > 0 && !divides(expertWorld(s), s.context.shape.world),
    what: s =>
      `expert tensor ${expertTensor(s)} x expert ${expert(s)} x pipeline ${layoutOf(s.stage).pipeline} = ${expertWorld(s)} does not divide ${s.context.shape.world} GPUs.`,
    why: 'every GPU holds as many experts as every other.',
  },
  {
    path: 'parallel.sequence',
    broken: s => experts(s) > 0 && layoutOf(s.stage).tensor > 1 && parallelOf(s)?.sequence !== true,
    what: s => `experts with tensor ${layoutOf(s.stage).tensor} need parallel.sequence: true.`,
    why: 'Megatron-LM says so only in the first step, after the model is loaded.',
  },
  {
    path: 'parallel.expert_tensor',
    broken: s => experts(s) > 0 && s.architecture.biases === true && expertTensor(s) !== 1,
    what: s =>
      `the experts of ${s.architecture.id} have biases and cannot be split over expert tensor ${expertTensor(s)}.`,
    why: 'bias in MoE is only supported when the expert-tensor-parallel size is 1; it is the tensor-parallel size unless it is given.',
    hint: () => 'write parallel.expert_tensor: 1.',
  },
  {
    path: 'parallel.expert_tensor',
    broken: s => !divides(expertTensor(s), s.architecture.experts?.ffn ?? 0),
    what: s =>
      `the experts' feed-forward size ${s.architecture.experts?.ffn} is not divisible by expert tensor ${expertTensor(s)}.`,
    why: 'Megatron-LM would fail at the first step, after the model is loaded.',
  },
  {
    path: 'moe.aux_loss',
    broken: s => s.stage.moe?.aux_loss !== undefined && /^(none|sinkhorn)$/.test(balancing(s)),
    what: s => `balancing: ${balancing(s)} has no auxiliary loss.`,
    why: 'sinkhorn refuses one at the first step, and none would not read it.',
    hint: () => 'remove aux_loss, or choose balancing: aux_loss.',
  },
  {
    path: 'moe.capacity_factor',
    broken: s => s.stage.moe?.capacity_factor !== undefined && balancing(s) === 'sinkhorn',
    what: () => 'balancing: sinkhorn takes no capacity_factor.',
    why: 'moe_expert_capacity_factor only works with aux_loss, seq_aux_loss, global_aux_loss or none.',
  },
  {
    path: '/model.num_experts_per_tok',
    broken: s =>
      experts(s) > 0 && ((s.architecture.experts?.topK ?? 0) < 2 || (s.architecture.experts?.topK ?? 0) > experts(s)),
    what: s => `${s.architecture.experts?.topK} of ${experts(s)} experts a token.`,
    why: 'softmax after top-k gives a single expert the weight 1 whatever the router says, and no token has more than all.',
    hint: s => `between 2 and ${experts(s)}.`,
  },
  {
    path: 'extra.--use-flash-attn',
    broken: s => s.architecture.sinks === true && s.stage.extra?.['--use-flash-attn'] === true,
    what: s => `the attention of ${s.architecture.id} has no kernel in FlashAttention.`,
    why: 'learned sinks need the fused backend (Transformer Engine 2.8 or newer with cuDNN), which martlet asks for.',
    hint: () => 'remove it from extra:.',
  },
  {
    path: 'parallel.context',
    broken: s => (s.architecture.sinks === true || windowOf(s) !== undefined) && isRing(s),
    what: s =>
      `${s.architecture.id} cannot be split over context ${layoutOf(s.stage).context} with the default exchange.`,
    why: 'learned sinks and windows have no kernel for a ring of GPUs (Megatron-Bridge issue 2298).',
    hint: () => 'add --cp-comm-type: a2a to extra:, or parallel.context: 1.',
  },
  {
    path: 'parallel.context',
    broken: s =>
      layoutOf(s.stage).context > 1 &&
      s.stage.extra?.['--cp-comm-type'] === 'a2a' &&
      perRank(s).some(each => !divides(layoutOf(s.stage).context, each)),
    what: s =>
      `${perRank(s).join(' heads and ')} key-value groups a rank cannot be exchanged over context ${layoutOf(s.stage).context}.`,
    why: 'a2a gives every context rank as many heads and groups as every other (Transformer Engine).',
  },
];
