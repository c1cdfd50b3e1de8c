import { layoutOf } from '../layout.ts';
import { divides, legal, type Rule } from './rule.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

const pipeline = (s: MegatronSpec): number => layoutOf(s.stage).pipeline;
const virtual = (s: MegatronSpec): number => parallelOf(s)?.virtual_pipeline ?? 1;
const notOffloaded = (s: MegatronSpec): readonly string[] =>
  (s.stage.offload ?? []).filter(each => each !== 'optimizer');
const isWsd = (s: MegatronSpec): boolean => s.stage.schedule?.decay === 'wsd';

/** Memory, interleaved pipelines and the schedules that fall at the end (validate_args and OptimizerParamScheduler, 0.19). */
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
    path: 'offload',
    broken: s =>
      s.stage.offload?.includes('optimizer') === true &&
      (parallelOf(s)?.sharding !== 'distributed-optimizer' || !/^adamw?$/.test(s.stage.optimizer.name)),
    what: () => 'offload of the optimizer needs adam and parallel.sharding: distributed-optimizer.',
    why: 'the precision-aware optimizer, which it is a part of, has no other form.',
  },
  {
    path: 'parallel.virtual_pipeline',
    broken: s => virtual(s) > 1 && pipeline(s) < 2,
    what: s => `virtual_pipeline ${virtual(s)} with pipeline ${pipeline(s)}.`,
    why: 'only a pipeline of two or more stages can be interleaved.',
  },
  {
    path: 'parallel.virtual_pipeline',
    broken: s => virtual(s) > 1 && !divides(pipeline(s) * virtual(s), s.architecture.layers),
    what: s =>
      `${s.architecture.layers} layers cannot be split over pipeline ${pipeline(s)} x virtual_pipeline ${virtual(s)}.`,
    why: 'every virtual stage has as many layers as every other.',
    hint: s => `legal: ${legal([1, 2, 3, 4, 5, 6, 8, 10], n => divides(pipeline(s) * n, s.architecture.layers))}.`,
  },
  {
    path: 'schedule.cooldown_steps',
    broken: s => isWsd(s) && s.stage.schedule?.cooldown_steps === undefined,
    what: () => 'decay: wsd needs cooldown_steps.',
    why: 'the scheduler fails at start-up without --lr-wsd-decay-iters, on the nodes.',
  },
  {
    path: 'optimizer.momentum',
    broken: s => s.stage.optimizer.momentum !== undefined && s.stage.optimizer.name !== 'sgd',
    what: s => `momentum is a word of sgd, not of ${s.stage.optimizer.name}.`,
    why: 'Megatron-LM reads --sgd-momentum for no other optimizer.',
  },
];
