import type { Flag, FlagValue } from './flags.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

/** A value that only a model with experts has. */
const routed =
  (of: (s: MegatronSpec, experts: NonNullable<MegatronSpec['architecture']['experts']>) => FlagValue) =>
  (s: MegatronSpec): FlagValue =>
    s.architecture.experts && of(s, s.architecture.experts);

const router = (s: MegatronSpec): string => s.stage.moe?.router_precision ?? 'fp32';
/** How the router shares tokens out; `none` also where there is no router. */
export const balancing = (s: MegatronSpec): string =>
  s.stage.moe?.balancing ?? s.architecture.experts?.balancing ?? 'none';

/** Sinkhorn balances by itself, and its router refuses a loss beside it. */
const takesAuxLoss = (s: MegatronSpec): boolean => !['none', 'sinkhorn'].includes(balancing(s));

/** Routed experts (MoE arguments of megatron/training/arguments.py, core_v0.19.0). */
export const MOE_FLAGS: readonly Flag[] = [
  { path: '/model.num_experts', flag: '--num-experts', of: routed((_, experts) => experts.count) },
  { path: '/model.moe_intermediate_size', flag: '--moe-ffn-hidden-size', of: routed((_, experts) => experts.ffn) },
  { path: '/model.num_experts_per_tok', flag: '--moe-router-topk', of: routed((_, experts) => experts.topK) },
  { path: 'moe.balancing', flag: '--moe-router-load-balancing-type', of: routed(balancing), echo: null },
  {
    path: 'moe.aux_loss',
    flag: '--moe-aux-loss-coeff',
    of: routed((s, experts) => s.stage.moe?.aux_loss ?? (takesAuxLoss(s) ? experts.auxLoss : undefined)),
    echo: null,
  },
  { path: 'moe.router_z_loss', flag: '--moe-z-loss-coeff', of: routed(s => s.stage.moe?.router_z_loss) },
  // In bf16, which is no word of the flag, 32 experts and more are routed badly (arguments.py warns).
  {
    path: 'moe.router_precision',
    flag: '--moe-router-dtype',
    of: routed(s => (router(s) === 'bf16' ? undefined : router(s))),
  },
  {
    path: 'moe.dispatcher',
    flag: '--moe-token-dispatcher-type',
    of: routed(s => s.stage.moe?.dispatcher ?? 'alltoall'),
  },
  { path: 'moe.grouped_gemm', flag: '--moe-grouped-gemm', of: routed(s => s.stage.moe?.grouped_gemm ?? true) },
  { path: 'moe.permute_fusion', flag: '--moe-permute-fusion', of: routed(s => s.stage.moe?.permute_fusion) },
  {
    path: 'moe.capacity_factor',
    flag: '--moe-expert-capacity-factor',
    of: routed(s => s.stage.moe?.capacity_factor),
  },
  { path: 'parallel.expert', flag: '--expert-model-parallel-size', of: routed(s => parallelOf(s)?.expert) },
  {
    path: 'parallel.expert_tensor',
    flag: '--expert-tensor-parallel-size',
    of: routed(s => parallelOf(s)?.expert_tensor),
  },
];
