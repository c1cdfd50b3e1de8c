import type { Values } from '../argparse.ts';
import type { ArgumentRule, Surroundings } from './rule.ts';

const OTHERS = ['main_grads_dtype', 'main_params_dtype', 'exp_avg_dtype', 'exp_avg_sq_dtype'] as const;
const narrow = (a: Values): string | undefined => OTHERS.find(each => a[each] !== 'fp32');
/** Activations that fp8 with delayed scaling cannot make again. */
const recomputed = (a: Values): readonly string[] =>
  a.recompute_granularity === 'selective'
    ? (a.recompute_modules ?? []).filter((each: string) => each === 'moe_act' || each === 'layernorm')
    : [];
const isBlackwell = (s: Surroundings): boolean => /^g?b\d00/.test(s.gpu ?? '');
const hasTensorCoresForFp8 = (s: Surroundings): boolean =>
  s.gpu === undefined || !/^(a\d+|v100|t4|p\d+|mi)/.test(s.gpu);
const dtypeFlag = (dest: string): string => `--${dest.replaceAll('_', '-')}`;

/** Number formats of weights, gradients and the optimizer: rules 43, 44, 47 to 52, 58 and 59. */
export const PRECISION_RULES: readonly ArgumentRule[] = [
  {
    number: 43,
    phase: 'arguments',
    blame: ['fp16', 'bf16'],
    law: 'fp16 or bf16, not both',
    broken: a => a.fp16 && a.bf16,
    what: () => 'precision is fp16 and bf16.',
  },
  {
    number: 44,
    phase: 'arguments',
    blame: ['main_grads_dtype', 'accumulate_allreduce_grads_in_fp32'],
    law: 'bf16 sums gradients in fp32 unless --grad-reduce-in-bf16 or another --main-grads-dtype is given',
    broken: (a, s) => a.bf16 && s.given.has('accumulate_allreduce_grads_in_fp32') && a.main_grads_dtype !== 'fp32',
    what: a => `gradients are summed in fp32 and kept in ${a.main_grads_dtype}.`,
    says: () => 'AssertionError: --main-grads-dtype can only be fp32 when --accumulate-allreduce-grads-in-fp32 is set',
  },
  {
    number: 44,
    phase: 'never',
    blame: ['grad_reduce_in_bf16'],
    law: 'gradients are summed in fp32 or in bf16; --grad-reduce-in-bf16 wins without a word',
    broken: (a, s) => a.bf16 && a.grad_reduce_in_bf16 && s.given.has('accumulate_allreduce_grads_in_fp32'),
    what: () => '--grad-reduce-in-bf16 beside --accumulate-allreduce-grads-in-fp32.',
  },
  {
    number: 47,
    phase: 'arguments',
    blame: ['fp4', 'fp8'],
    law: 'fp8 or fp4, not both',
    broken: a => a.fp4 && a.fp8,
    what: a => `--fp4-format ${a.fp4} beside fp8 (${a.fp8}).`,
    says: () => 'ValueError: --fp4-format and --fp8-format cannot be used simultaneously. Please choose one.',
  },
  {
    number: 48,
    phase: 'arguments',
    blame: ['fp8_param_gather'],
    law: 'fp8_param must be used together with fp8 mode, and the distributed optimizer or FSDP',
    broken: a => a.fp8_param_gather && !(a.fp8 && (a.use_distributed_optimizer || a.use_torch_fsdp2)),
    what: () => 'fp8.param_gather needs parallel.sharding: distributed-optimizer.',
    says: () =>
      'AssertionError: --fp8-param-gather only supported with distributed optimizer, torch fsdp2, megatron fsdp, or inference mode',
  },
  {
    number: 48,
    phase: 'arguments',
    blame: ['fp4_param_gather'],
    law: 'fp4 weights are gathered only in fp4 mode',
    broken: a => a.fp4_param_gather && !a.fp4,
    what: () => '--fp4-param-gather without --fp4-format.',
    says: () => 'ValueError: --fp4-param-gather must be used together with --fp4-format.',
  },
  {
    number: 49,
    phase: 'model',
    blame: ['first_last_layers_bf16'],
    law: 'delayed scaling knows no layers in bf16',
    broken: a => a.fp8 && a.first_last_layers_bf16 && a.fp8_recipe === 'delayed',
    what: () => '--first-last-layers-bf16 beside fp8.recipe: delayed.',
    says: () => 'ValueError: Delayed scaling does not support first / last layer in BF16.',
    hint: () => 'take fp8.recipe: tensorwise or blockwise.',
  },
  {
    number: 49,
    phase: 'model',
    blame: ['recompute_modules'],
    law: 'delayed scaling does not recompute moe_act and layernorm',
    broken: a => a.fp8 && a.fp8_recipe === 'delayed' && recomputed(a).length > 0,
    what: a => `recompute of ${recomputed(a).join(' and ')} beside fp8.recipe: delayed.`,
    says: () => 'ValueError: Delayed scaling does not support moe_act and layernorm recompute for fp8.',
  },
  {
    number: 49,
    phase: 'step',
    blame: ['@fp8.recipe', 'fp8_recipe'],
    law: 'mxfp8 is a format of Blackwell, and fp8 one of Hopper and newer',
    broken: (a, s) =>
      a.fp8 && s.gpu !== undefined && ((a.fp8_recipe === 'mxfp8' && !isBlackwell(s)) || !hasTensorCoresForFp8(s)),
    what: (a, s) => `${s.gpu} has no ${a.fp8_recipe === 'mxfp8' ? 'mxfp8' : 'fp8'}.`,
    says: () => 'AssertionError: Device compute capability 10.0 or higher required for MXFP8 execution.',
  },
  {
    number: 51,
    phase: 'arguments',
    blame: ['@offload', 'optimizer_cpu_offload'],
    law: 'an offloaded optimizer is the precision-aware one',
    broken: a => a.optimizer_cpu_offload && !a.use_precision_aware_optimizer,
    what: () => 'offload of the optimizer without the precision-aware optimizer.',
    says: () =>
      'AssertionError: The optimizer cpu offload must be used in conjunction with `--use-precision-aware-optimizer`, as the hybrid device optimizer reuses the code path of this flag.',
  },
  {
    number: 51,
    phase: 'scheduler',
    blame: ['@offload', 'optimizer_cpu_offload', 'use_precision_aware_optimizer'],
    law: 'the precision-aware optimizer, which its offload is a part of, is adam and distributed',
    broken: a => a.use_precision_aware_optimizer && !(a.use_distributed_optimizer && a.optimizer === 'adam'),
    what: a =>
      `${a.optimizer_cpu_offload ? 'offload of the optimizer' : 'the precision-aware optimizer'} needs adam and parallel.sharding: distributed-optimizer.`,
    says: a =>
      `AssertionError: --use-precision-aware-optimizer only supported with ${a.optimizer === 'adam' ? 'distributed optimizer' : 'adam'}`,
  },
  {
    number: 51,
    phase: 'arguments',
    blame: ['@offload', 'optimizer_cpu_offload'],
    law: 'an offloaded optimizer keeps fp8 weights only under delayed scaling',
    broken: a => a.optimizer_cpu_offload && a.fp8_param_gather && a.fp8_recipe !== 'delayed',
    what: a => `offload of the optimizer with fp8.param_gather and fp8.recipe: ${a.fp8_recipe}.`,
    says: () =>
      'AssertionError: When `--fp8-param-gather` is enabled, the optimizer cpu offload must be used in conjunction with `--fp8-recipe delayed`.',
  },
  {
    number: 52,
    phase: 'scheduler',
    blame: OTHERS,
    law: 'gradients, weights and moments are kept in fp32 unless the optimizer is the precision-aware one',
    broken: a => !a.use_precision_aware_optimizer && narrow(a),
    what: a => `${dtypeFlag(narrow(a) ?? '')} ${a[narrow(a) ?? '']} without the precision-aware optimizer.`,
    says: a => `AssertionError: ${narrow(a)} can only be fp32 when not using precision-aware optimizer`,
    hint: () => 'offload: [optimizer] turns it on.',
  },
  {
    number: 58,
    phase: 'arguments',
    blame: ['cuda_graph_impl'],
    law: 'a CUDA graph of a whole step cannot look at its losses',
    broken: a => a.cuda_graph_impl === 'full_iteration' && a.check_for_nan_in_loss_and_grad,
    what: () => '--cuda-graph-impl full_iteration without --no-check-for-nan-in-loss-and-grad.',
    says: () =>
      'AssertionError: --no-check-for-nan-in-loss-and-grad should be set with --cuda-graph-impl=full_iteration for training.',
  },
  {
    number: 59,
    phase: 'arguments',
    blame: ['cross_entropy_fusion_impl'],
    law: "Transformer Engine's fused cross entropy is refused: it is not stable",
    broken: a => a.cross_entropy_loss_fusion && a.cross_entropy_fusion_impl === 'te',
    what: () => '--cross-entropy-fusion-impl te.',
    says: () =>
      'AssertionError: Transformer Engine cross entropy loss fusion is disabled due to stability issues. Use --cross-entropy-fusion-impl native, or omit --cross-entropy-loss-fusion.',
    hint: () => 'write native.',
  },
];
