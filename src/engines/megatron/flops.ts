import type { Architecture } from '../architectures/architecture.ts';

/**
 * Floating-point operations of one optimizer step, forward and backward, causal attention counted half, no recompute:
 * num_floating_point_operations of megatron/training/training.py (0.19) for a gated model; windows are not modelled there.
 * `batch` in sequences.
 */
export const stepFlops = (a: Architecture, batch: number, sequence: number, paddedVocabulary: number): number => {
  const query = a.headWidth * a.heads;
  const keyValue = a.headWidth * a.groups;
  // Of a layer's experts a token goes through top-k; its router is not counted.
  const ffn = a.experts ? a.experts.topK * a.experts.ffn : a.ffn;
  const mlp = 6 * a.hidden * a.layers * ffn * 3;
  const attention = a.layers * 6 * (a.hidden * (query + 2 * keyValue) + query * a.hidden);
  const core = a.layers * 6 * query;
  const output = 6 * a.hidden * paddedVocabulary;
  return batch * sequence * (mlp + attention + output) + batch * sequence * sequence * core;
};

/** Fraction of the peak to plan with. Published runs of dense 8B to 70B on H100 reach 45 to 53 % (dgxc-benchmarking 25.02). */
export const PLANNING_MFU = {
  bf16: {
    value: 0.4,
    source: 'planning value; published dense runs on H100 reach 0.45 to 0.53 (NVIDIA dgxc-benchmarking 25.02)',
  },
  fp8: {
    value: 0.6,
    source:
      'planning value against the bf16 peak; published fp8 runs reach 0.76 to 0.81 of it (NVIDIA dgxc-benchmarking 25.02)',
  },
} as const;
