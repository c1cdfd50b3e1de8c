import type { Edit } from './edited.ts';
import { type Row, refusedExtra } from './row.ts';

const FLEX: Edit = ['moe.dispatcher', 'flex'];
const FP8: Edit = ['fp8', '{format: hybrid, recipe: tensorwise}'];
const OVERLAP: Edit = ['extra.--overlap-moe-expert-parallel-comm', 'true'];
const GROUPS: Edit = ['extra.--moe-router-num-groups', '8'];
const atOverlap = { at: OVERLAP[0] };

const ROWS: readonly Row[] = [
  {
    rule: 50,
    with: [['extra.--moe-router-padding-for-quantization', 'true']],
    broken: ['fp8', undefined],
    ok: FP8,
    at: 'extra.--moe-router-padding-for-quantization',
  },
  {
    rule: 50,
    with: [FP8, ['extra.--moe-router-padding-for-quantization', 'true']],
    broken: ['moe.dispatcher', 'allgather'],
    ok: ['moe.dispatcher', 'alltoall'],
    at: 'extra.--moe-router-padding-for-quantization',
  },
  {
    rule: 65,
    broken: ['parallel.expert', '3'],
    ok: ['parallel.expert', '4'],
    with: [
      ['resources.gpus', '48'],
      ['batch.global_sequences', '1056'],
      ['parallel.tensor', '1'],
      ['parallel.sequence', 'false'],
    ],
  },
  { rule: 67, broken: ['parallel.sequence', 'false'], ok: ['parallel.sequence', 'true'] },
  { rule: 69, broken: ['/model.num_experts_per_tok', '1'], ok: ['/model.num_experts_per_tok', '2'] },
  { rule: 69, broken: ['/model.num_experts_per_tok', '129'], ok: ['/model.num_experts_per_tok', '128'] },
  {
    rule: 69,
    with: [['/model.num_experts_per_tok', '1']],
    broken: ['extra.--moe-router-pre-softmax', 'false'],
    ok: ['extra.--moe-router-pre-softmax', 'true'],
    at: '/model.num_experts_per_tok',
  },
  {
    rule: 69,
    with: [['/model.num_experts_per_tok', '1']],
    broken: ['moe.balancing', 'aux_loss'],
    ok: ['moe.balancing', 'sinkhorn'],
    at: '/model.num_experts_per_tok',
  },
  {
    rule: 70,
    with: [['extra.--moe-router-enable-expert-bias', 'true']],
    broken: ['extra.--moe-router-score-function', 'softmax'],
    ok: ['extra.--moe-router-score-function', 'sigmoid'],
    at: 'extra.--moe-router-enable-expert-bias',
  },
  { rule: 71, broken: ['extra.--moe-router-group-topk', '4'], ok: ['extra.--moe-router-group-topk', undefined] },
  {
    rule: 71,
    with: [GROUPS],
    broken: ['extra.--moe-router-group-topk', undefined],
    ok: ['extra.--moe-router-group-topk', '4'],
    at: GROUPS[0],
  },
  {
    rule: 71,
    with: [['extra.--moe-router-group-topk', '2']],
    broken: ['extra.--moe-router-num-groups', '7'],
    ok: GROUPS,
  },
  {
    rule: 71,
    with: [GROUPS],
    broken: ['extra.--moe-router-group-topk', '16'],
    ok: ['extra.--moe-router-group-topk', '8'],
    at: GROUPS[0],
  },
  {
    rule: 72,
    with: [
      ['moe.capacity_factor', '1.0'],
      ['extra.--moe-pad-expert-input-to-capacity', 'true'],
    ],
    broken: FLEX,
    ok: ['moe.dispatcher', 'alltoall'],
    at: 'extra.--moe-pad-expert-input-to-capacity',
  },
  {
    rule: 72,
    with: [['extra.--moe-flex-dispatcher-backend', 'ncclep']],
    broken: ['moe.dispatcher', 'alltoall'],
    ok: FLEX,
    at: 'extra.--moe-flex-dispatcher-backend',
  },
  {
    rule: 72,
    with: [['extra.--moe-enable-deepep', 'true']],
    broken: ['moe.dispatcher', 'allgather'],
    ok: FLEX,
    at: 'extra.--moe-enable-deepep',
  },
  {
    rule: 73,
    with: [
      ['extra.--moe-shared-expert-intermediate-size', '1024'],
      ['extra.--moe-shared-expert-overlap', 'true'],
    ],
    broken: ['moe.dispatcher', 'allgather'],
    ok: ['moe.dispatcher', 'alltoall'],
    at: 'extra.--moe-shared-expert-overlap',
  },
  refusedExtra(74, '--moe-router-load-balancing-type', '[aux_loss, seq_aux_loss]'),
  refusedExtra(74, '--moe-aux-loss-coeff', '[0.1, 0.2]'),
  { rule: 75, with: [OVERLAP], broken: ['parallel.expert', '1'], ok: ['parallel.expert', '8'], ...atOverlap },
  { rule: 75, with: [OVERLAP], broken: ['moe.dispatcher', 'allgather'], ok: FLEX, ...atOverlap },
  {
    rule: 75,
    with: [OVERLAP, ['parallel.pipeline', '4']],
    broken: ['parallel.virtual_pipeline', undefined],
    ok: ['parallel.virtual_pipeline', '2'],
    ...atOverlap,
  },
  { rule: 75, with: [OVERLAP], broken: ['recompute', 'full'], ok: ['recompute', 'selective'], ...atOverlap },
  { rule: 75, with: [OVERLAP], broken: ['precision', 'fp32'], ok: ['precision', 'fp16'], ...atOverlap },
  {
    rule: 75,
    with: [OVERLAP],
    broken: ['extra.--mtp-num-layers', '2'],
    ok: ['extra.--mtp-num-layers', '1'],
    ...atOverlap,
  },
  { rule: 76, broken: ['moe.router_precision', 'bf16'], ok: ['moe.router_precision', 'fp64'] },
  {
    rule: 76,
    with: [['moe.router_precision', 'bf16']],
    broken: ['/model.num_experts', '32'],
    ok: ['/model.num_experts', '16'],
    at: 'moe.router_precision',
  },
  {
    rule: 77,
    with: [
      ['moe.permute_fusion', 'true'],
      ['parallel.sharding', 'none'],
    ],
    broken: ['extra.--transformer-impl', 'local'],
    ok: ['extra.--transformer-impl', 'transformer_engine'],
    at: 'moe.permute_fusion',
  },
  { rule: 77, gpu: 'v100-32gb', broken: ['moe.grouped_gemm', 'true'], ok: ['moe.grouped_gemm', 'false'] },
];

/** Rules 50 and 65 to 77: experts. */
export const EXPERT_ROWS: readonly Row[] = [
  {
    rule: 71,
    with: [GROUPS],
    broken: ['extra.--moe-router-group-topk', '2'],
    ok: ['extra.--moe-router-num-groups', undefined],
    at: GROUPS[0],
  },
  {
    rule: 72,
    base: 'experts',
    with: [['extra.--moe-pad-expert-input-to-capacity', 'true']],
    broken: ['moe.capacity_factor', undefined],
    ok: ['moe.capacity_factor', '1.0'],
    at: 'extra.--moe-pad-expert-input-to-capacity',
  },
  ...ROWS.map((row): Row => ({ base: 'experts', ...row })),
  { rule: 65, broken: ['parallel.expert', '8'], ok: ['parallel.expert', '1'] },
  refusedExtra(66, '--moe-ffn-hidden-size', '768'),
  { rule: 68, base: 'sinks', broken: ['parallel.expert_tensor', '2'], ok: ['parallel.expert_tensor', '1'] },
];
