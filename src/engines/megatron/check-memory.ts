import type { Rule } from './rule.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

const notOffloaded = (s: MegatronSpec): readonly string[] =>
  (s.stage.offload ?? []).filter(each => each !== 'optimizer');

/** Words about memory and the optimizer that this version, or Megatron-LM, has no argument for. */
export const MEMORY_RULES: readonly Rule[] = [
  {
    path: 'backend',
    broken: s => s.stage.backend !== undefined && s.stage.backend !== 'megatron',
    what: s => `backend ${s.stage.backend} is not one of Megatron-LM's pretrain_gpt.py.`,
    why: 'it has its own, and this version knows no other for it.',
    hint: () => 'remove backend:.',
  },
  {
    path: 'parallel.sharding',
    broken: s => parallelOf(s)?.sharding === 'fsdp',
    what: () => 'sharding: fsdp is not in this version for Megatron-LM.',
    why: 'it needs other checkpoints (fsdp_dtensor) and other rules.',
    hint: () => 'sharding: distributed-optimizer spreads the optimizer state.',
  },
  {
    path: 'offload',
    broken: s => notOffloaded(s).length > 0,
    what: s => `offload of ${notOffloaded(s).join(' and ')} is not in this version for Megatron-LM.`,
    why: 'only the optimizer state goes to the host.',
  },
  {
    path: 'optimizer.momentum',
    broken: s => s.stage.optimizer.momentum !== undefined && s.stage.optimizer.name !== 'sgd',
    what: s => `momentum is a word of sgd, not of ${s.stage.optimizer.name}.`,
    why: 'Megatron-LM reads --sgd-momentum for no other optimizer.',
  },
];
