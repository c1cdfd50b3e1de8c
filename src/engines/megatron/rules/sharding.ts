import type { Values } from '../argparse.ts';
import { divides } from '../rule.ts';
import type { ArgumentRule } from './rule.ts';

const pipeline = (a: Values): number => a.pipeline_model_parallel_size;
const isOneQueue = (value: string | undefined): boolean => value === '1';

interface Need {
  readonly holds: (a: Values) => unknown;
  readonly blame: readonly string[];
  readonly what: string;
  readonly says: string;
}

/** What torch's FSDP2 does not go with, in validate_args' order. */
const FSDP2_NEEDS: readonly Need[] = [
  {
    holds: a => pipeline(a) === 1,
    blame: ['pipeline_model_parallel_size'],
    what: 'pipeline stages',
    says: '--use-torch-fsdp2 is not supported with pipeline parallelism',
  },
  {
    holds: a => a.expert_model_parallel_size === 1,
    blame: ['expert_model_parallel_size'],
    what: 'experts spread over GPUs',
    says: '--use-torch-fsdp2 is not supported with expert parallelism',
  },
  {
    holds: a => !a.use_distributed_optimizer,
    blame: ['use_distributed_optimizer'],
    what: 'sharding: distributed-optimizer',
    says: "--use-torch-fsdp2 is not supported with MCore's distributed optimizer",
  },
  {
    holds: a => !a.gradient_accumulation_fusion,
    blame: ['use_torch_fsdp2'],
    what: 'fused gradient sums (add --no-gradient-accumulation-fusion)',
    says: '--use-torch-fsdp2 is not supported with gradient accumulation fusion',
  },
  {
    holds: a => ['torch_dist', 'torch_dcp'].includes(a.ckpt_format),
    blame: ['ckpt_format'],
    what: 'a checkpoint format other than torch_dist',
    says: '--use-torch-fsdp2 requires --ckpt-format torch_dist or torch_dcp',
  },
  {
    holds: a => a.untie_embeddings_and_output_weights,
    blame: ['@/model.tie_word_embeddings', 'use_torch_fsdp2'],
    what: 'tied embeddings',
    says: '--use-torch-fsdp2 requires --untie-embeddings-and-output-weights',
  },
  { holds: a => !a.fp16, blame: ['fp16'], what: 'fp16', says: '--use-torch-fsdp2 not supported with fp16 yet' },
];

const fsdp2Rules = FSDP2_NEEDS.map(
  ({ holds, blame, what, says }): ArgumentRule => ({
    number: 54,
    phase: 'arguments',
    blame,
    law: "torch's FSDP2 excludes pipeline and expert parallelism, the distributed optimizer, fused gradient sums, tied embeddings and fp16",
    broken: a => a.use_torch_fsdp2 && !holds(a),
    what: () => `--use-torch-fsdp2 does not go with ${what}.`,
    says: () => `AssertionError: ${says}`,
  }),
);

/** The optimizer over data-parallel ranks, and FSDP: rules 45, 46 and 53 to 57. */
export const SHARDING_RULES: readonly ArgumentRule[] = [
  {
    number: 45,
    phase: 'arguments',
    blame: ['overlap_param_gather'],
    law: 'parameters are gathered beside the computation only under the distributed optimizer or FSDP, and with --overlap-grad-reduce',
    broken: a =>
      a.overlap_param_gather &&
      !(a.overlap_grad_reduce && (a.use_distributed_optimizer || a.optimizer === 'dist_muon')),
    what: () => '--overlap-param-gather without what it needs.',
    says: a =>
      a.overlap_grad_reduce
        ? 'AssertionError: --overlap-param-gather only supported with distributed optimizer, megatron fsdp, or dist_muon'
        : 'AssertionError: Must use --overlap-param-gather with --overlap-grad-reduce',
  },
  {
    number: 46,
    phase: 'arguments',
    blame: ['overlap_param_gather_with_optimizer_step'],
    law: 'the gather overlaps the optimizer only in an interleaved pipeline, with overlapped gathers, and not with distributed checkpoints',
    broken: a =>
      a.overlap_param_gather_with_optimizer_step &&
      !(
        a.use_distributed_optimizer &&
        a.overlap_param_gather &&
        a.virtual_pipeline_model_parallel_size !== null &&
        a.ckpt_format === 'torch'
      ),
    what: () => '--overlap-param-gather-with-optimizer-step without what it needs.',
    says: () =>
      'AssertionError: --overlap-param-gather-with-optimizer-step not supported with distributed checkpointing yet',
    hint: () => 'it needs sharding: distributed-optimizer, virtual_pipeline and checkpoint.format: torch.',
  },
  {
    number: 53,
    phase: 'arguments',
    blame: ['use_megatron_fsdp'],
    law: "Megatron-LM's FSDP saves in fsdp_dtensor and in nothing else",
    broken: a => a.use_megatron_fsdp && a.ckpt_format !== 'fsdp_dtensor',
    what: a => `--use-megatron-fsdp with checkpoint.format: ${a.ckpt_format}.`,
    says: () => 'AssertionError: Megatron-FSDP requires the `fsdp_dtensor` checkpointing format.',
  },
  {
    number: 53,
    phase: 'arguments',
    blame: ['ckpt_format'],
    law: "fsdp_dtensor is the format of Megatron-LM's FSDP alone",
    broken: a => a.ckpt_format === 'fsdp_dtensor' && !a.use_megatron_fsdp,
    what: () => 'checkpoint.format: fsdp_dtensor without --use-megatron-fsdp.',
    says: () => 'AssertionError: --ckpt-format fsdp_dtensor is only tested with Megatron FSDP.',
  },
  {
    number: 53,
    phase: 'arguments',
    blame: ['optimizer'],
    law: "Megatron-LM's FSDP knows sgd and adam",
    broken: a => a.use_megatron_fsdp && !['sgd', 'adam'].includes(a.optimizer),
    what: a => `--use-megatron-fsdp with optimizer ${a.optimizer}.`,
    says: a => `AssertionError: Megatron-FSDP does not support the ${a.optimizer} optimizer yet.`,
  },
  {
    number: 53,
    phase: 'arguments',
    blame: ['use_megatron_fsdp', 'use_torch_fsdp2'],
    law: 'FSDP needs several hardware queues: CUDA_DEVICE_MAX_CONNECTIONS above 1, where martlet exports 1',
    broken: (a, s) =>
      (a.use_megatron_fsdp || a.use_torch_fsdp2) && isOneQueue(s.environment.CUDA_DEVICE_MAX_CONNECTIONS),
    what: () => 'FSDP with CUDA_DEVICE_MAX_CONNECTIONS 1.',
    says: () => 'AssertionError: FSDP requires CUDA_DEVICE_MAX_CONNECTIONS > 1 or unset.',
    hint: () => "write CUDA_DEVICE_MAX_CONNECTIONS: '8' in env:.",
  },
  ...fsdp2Rules,
  {
    number: 55,
    phase: 'arguments',
    blame: ['ckpt_format'],
    law: "torch_dcp is a format of torch's FSDP2, without tensor and pipeline parallelism",
    broken: a =>
      a.ckpt_format === 'torch_dcp' && !(a.use_torch_fsdp2 && a.tensor_model_parallel_size === 1 && pipeline(a) === 1),
    what: () => 'checkpoint format torch_dcp.',
    says: () => 'AssertionError: --ckpt-format torch_dcp is only tested with FSDP.',
  },
  {
    number: 56,
    phase: 'start-up',
    blame: ['num_distributed_optimizer_instances'],
    law: 'instances of the distributed optimizer share data-parallel x context ranks out evenly',
    broken: a =>
      Number.isInteger(a.data_parallel_size) &&
      !divides(a.num_distributed_optimizer_instances, a.data_parallel_size * a.context_parallel_size),
    what: a =>
      `${a.num_distributed_optimizer_instances} instances of the optimizer over ${a.data_parallel_size * a.context_parallel_size} ranks.`,
    says: () => 'AssertionError: Data parallel size should be divisible by partial DistOpt shard factor',
  },
  {
    number: 57,
    phase: 'model',
    blame: ['nccl_ub', '@env.PYTORCH_CUDA_ALLOC_CONF'],
    law: 'buffers registered with NCCL need the ordinary allocator (PyTorch below 2.11)',
    broken: (a, s) =>
      a.nccl_ub && (s.environment.PYTORCH_CUDA_ALLOC_CONF ?? '').split(',').includes('expandable_segments:True'),
    what: () => '--use-nccl-ub with PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True.',
    says: () =>
      'ValueError: PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True is currently not supported with nccl_ub due to compatibility issue with torch.cuda.MemPool API.',
  },
];
