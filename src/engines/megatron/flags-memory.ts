import type { Flag } from './flags.ts';
import type { MegatronSpec } from './spec.ts';

const fp8 = (s: MegatronSpec) => s.stage.fp8;
const offloads = (s: MegatronSpec): boolean => s.stage.offload?.includes('optimizer') ?? false;

/** Precision, and what memory is given up for it (megatron/training/arguments.py, core_v0.19.0). */
export const MEMORY_FLAGS: readonly Flag[] = [
  { path: 'precision', flag: '--bf16', of: s => s.stage.precision === 'bf16' },
  { path: 'precision', flag: '--fp16', of: s => s.stage.precision === 'fp16' },
  { path: 'fp8.format', flag: '--fp8-format', of: s => fp8(s)?.format },
  { path: 'fp8.recipe', flag: '--fp8-recipe', without: 'delayed', of: s => fp8(s)?.recipe },
  { path: 'fp8.param_gather', flag: '--fp8-param-gather', of: s => fp8(s)?.param_gather },
  { path: 'fp8.margin', flag: '--fp8-margin', of: s => fp8(s)?.margin },
  { path: 'fp8.amax_history', flag: '--fp8-amax-history-len', of: s => fp8(s)?.amax_history },
  { path: 'fp8.amax_algorithm', flag: '--fp8-amax-compute-algo', of: s => fp8(s)?.amax_algorithm },
  {
    path: 'recompute',
    flag: '--recompute-granularity',
    of: s => (s.stage.recompute === 'none' ? undefined : s.stage.recompute),
  },
  { path: 'recompute', flag: '--recompute-method', of: s => (s.stage.recompute === 'full' ? 'uniform' : undefined) },
  { path: 'recompute', flag: '--recompute-num-layers', of: s => (s.stage.recompute === 'full' ? 1 : undefined) },
  { path: 'offload', flag: '--optimizer-cpu-offload', of: offloads },
  // The one is refused without the other.
  { path: 'offload', flag: '--use-precision-aware-optimizer', of: offloads },
];
