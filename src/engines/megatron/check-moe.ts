import { layoutOf } from '../layout.ts';
import { windowOf } from './flags-model.ts';
import { balancing } from './flags-moe.ts';
import type { Rule } from './rule.ts';
import type { MegatronSpec } from './spec.ts';

const experts = (s: MegatronSpec): number => s.architecture.experts?.count ?? 0;
const expert = (s: MegatronSpec): number => layoutOf(s.stage).expert;
const isRing = (s: MegatronSpec): boolean =>
  layoutOf(s.stage).context > 1 && s.stage.extra?.['--cp-comm-type'] !== 'a2a';

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
    number: 65,
    path: 'parallel.expert',
    broken: s => experts(s) === 0 && expert(s) > 1,
    what: s => `${s.architecture.id} has no experts to spread over ${expert(s)} GPUs.`,
    why: 'num_experts must be non None to use expert model parallelism.',
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
    path: 'parallel.context',
    broken: s => (s.architecture.sinks === true || windowOf(s) !== undefined) && isRing(s),
    what: s =>
      `${s.architecture.id} cannot be split over context ${layoutOf(s.stage).context} with the default exchange.`,
    why: 'learned sinks and windows have no kernel for a ring of GPUs (Megatron-Bridge issue 2298).',
    hint: () => 'add --cp-comm-type: a2a to extra:, or parallel.context: 1.',
  },
];
