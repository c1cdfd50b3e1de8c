import type { Values } from '../argparse.ts';
import { divides, legal } from '../rule.ts';
import type { ArgumentRule, Surroundings } from './rule.ts';

const hasExperts = (a: Values): boolean => a.num_experts !== null;
const expert = (a: Values): number => a.expert_model_parallel_size;
const expertTensor = (a: Values): number => a.expert_tensor_parallel_size;
const balancings = (a: Values): readonly string[] => [a.moe_router_load_balancing_type].flat();
const dispatcher = (a: Values): string => a.moe_token_dispatcher_type;
const isQuantized = (a: Values): boolean => Boolean(a.fp8 || a.fp4);
const pads = (a: Values): boolean => a.moe_router_padding_for_quantization || a.moe_router_padding_for_fp8;
const backend = (a: Values): string => (a.moe_enable_deepep ? 'deepep' : a.moe_flex_dispatcher_backend);
const POWERS = [1, 2, 4, 8, 16, 32, 64, 128];

/** What the overlap of expert exchange with computation needs (TransformerConfig.__post_init__). */
const OVERLAP_NEEDS: readonly (readonly [holds: (a: Values) => unknown, need: string])[] = [
  [a => expert(a) > 1, 'parallel.expert 2 or more'],
  [a => ['alltoall', 'flex'].includes(dispatcher(a)), 'moe.dispatcher: alltoall or flex'],
  [
    a => a.pipeline_model_parallel_size === 1 || a.virtual_pipeline_model_parallel_size !== null,
    'virtual_pipeline in a pipeline',
  ],
  [a => a.recompute_granularity !== 'full' && a.recompute_method === null, 'no full recompute'],
  [a => !(a.recompute_modules ?? []).includes('moe'), 'no recompute of moe'],
  [a => a.bf16 || a.fp16, 'precision bf16 or fp16'],
  [a => !a.moe_shared_expert_overlap, 'no --moe-shared-expert-overlap'],
  [a => !((a.mtp_num_layers ?? 0) > 1), 'at most one MTP layer'],
];
const unmet = (a: Values): string | undefined => OVERLAP_NEEDS.find(([holds]) => !holds(a))?.[1];
const isOld = (s: Surroundings): boolean => /^(v100|t4|p\d+|k\d+|rtx-?20|m\d0)/.test(s.gpu ?? '');

/** Routed experts: rules 26, 50 and 65 to 77 (validate_args, TransformerConfig, moe_layer.py). */
export const EXPERT_RULES: readonly ArgumentRule[] = [
  {
    number: 65,
    phase: 'arguments',
    blame: ['expert_model_parallel_size'],
    law: 'num_experts must be non None to use expert model parallelism',
    broken: a => !hasExperts(a) && expert(a) > 1,
    what: a => `there are no experts to spread over ${expert(a)} GPUs.`,
    says: () => 'AssertionError: num_experts must be non None to use expert model parallelism',
  },
  {
    number: 65,
    phase: 'arguments',
    blame: ['expert_model_parallel_size'],
    law: 'the number of experts must be a multiple of the expert-parallel size',
    broken: a => hasExperts(a) && !divides(expert(a), a.num_experts),
    what: a => `${a.num_experts} experts cannot be spread over expert ${expert(a)}.`,
    says: () => 'AssertionError: Number of experts should be a multiple of expert model parallel_size.',
    hint: a => `legal: ${legal(POWERS, n => divides(n, a.num_experts))}.`,
  },
  {
    number: 66,
    phase: 'model',
    blame: ['moe_ffn_hidden_size'],
    law: 'a size of experts needs experts',
    broken: a => !hasExperts(a) && a.moe_ffn_hidden_size !== null && a.moe_layer_freq === 1,
    what: a => `experts of feed-forward size ${a.moe_ffn_hidden_size} in a model without experts.`,
    says: () =>
      'ValueError: moe_ffn_hidden_size is set but num_moe_experts is None. Please set num_moe_experts or remove moe_ffn_hidden_size.',
  },
  {
    number: 67,
    phase: 'step',
    blame: ['@parallel.sequence'],
    law: 'experts with tensor parallelism need sequence parallelism',
    broken: a => hasExperts(a) && a.tensor_model_parallel_size > 1 && !a.sequence_parallel,
    what: a => `experts with tensor ${a.tensor_model_parallel_size} need parallel.sequence: true.`,
    says: () =>
      'ValueError: During training, performance may degrade if MoE and tensor parallelismare enabled without also enabling sequence parallelism.',
  },
  {
    number: 68,
    phase: 'model',
    blame: ['expert_tensor_parallel_size'],
    law: 'bias in MoE is only supported when the expert-tensor-parallel size is 1; it is the tensor-parallel size unless it is given',
    broken: a => hasExperts(a) && a.add_bias_linear && expertTensor(a) !== 1,
    what: a => `the experts have biases and cannot be split over expert tensor ${expertTensor(a)}.`,
    says: () => 'AssertionError: Bias in Moe is only supported when ETP==1',
    hint: () => 'write parallel.expert_tensor: 1.',
  },
  {
    number: 26,
    phase: 'step',
    blame: ['expert_tensor_parallel_size'],
    law: 'every expert-tensor-parallel rank has as much of an expert as every other',
    broken: a => hasExperts(a) && !divides(expertTensor(a), a.moe_ffn_hidden_size),
    what: a =>
      `the experts' feed-forward size ${a.moe_ffn_hidden_size} is not divisible by expert tensor ${expertTensor(a)}.`,
  },
  {
    number: 69,
    phase: 'model',
    blame: ['moe_router_topk'],
    law: 'softmax after top-k gives a single expert the weight 1 whatever the router says',
    broken: a =>
      hasExperts(a) &&
      a.moe_router_topk === 1 &&
      a.moe_router_score_function === 'softmax' &&
      !a.moe_router_pre_softmax &&
      !balancings(a).includes('sinkhorn'),
    what: a => `1 of ${a.num_experts} experts a token.`,
    says: () => 'ValueError: Please use --moe-router-pre-softmax when topk is 1.',
    hint: a => `between 2 and ${a.num_experts}, or --moe-router-pre-softmax in extra:.`,
  },
  {
    number: 69,
    phase: 'step',
    blame: ['moe_router_topk'],
    law: 'no token has more experts than there are',
    broken: a => hasExperts(a) && !(a.moe_router_topk >= 1 && a.moe_router_topk <= a.num_experts),
    what: a => `${a.moe_router_topk} of ${a.num_experts} experts a token.`,
    says: () => 'RuntimeError: selected index k out of range',
    hint: a => `between 2 and ${a.num_experts}.`,
  },
  {
    number: 70,
    phase: 'model',
    blame: ['moe_router_enable_expert_bias'],
    law: 'expert bias goes with the score functions sigmoid and sqrtsoftplus',
    broken: a => a.moe_router_enable_expert_bias && !['sigmoid', 'sqrtsoftplus'].includes(a.moe_router_score_function),
    what: a => `--moe-router-enable-expert-bias with score function ${a.moe_router_score_function}.`,
    says: () =>
      "ValueError: Expert bias for aux-loss-free routing only supports 'sigmoid' and 'sqrtsoftplus' score functions.",
    hint: () => 'add --moe-router-score-function: sigmoid to extra:.',
  },
  {
    number: 71,
    phase: 'model',
    blame: ['moe_router_group_topk', 'moe_router_num_groups'],
    law: 'routing to groups has both a number of groups and how many of them a token goes to',
    broken: a => a.moe_router_group_topk && !a.moe_router_num_groups,
    what: () => '--moe-router-group-topk without --moe-router-num-groups.',
    says: () => 'ValueError: When using group limited routing, moe_router_num_groups must be specified.',
  },
  {
    number: 71,
    phase: 'never',
    blame: ['moe_router_num_groups'],
    law: 'groups of experts are read only beside --moe-router-group-topk',
    broken: a => a.moe_router_num_groups && !a.moe_router_group_topk,
    what: () => '--moe-router-num-groups without --moe-router-group-topk.',
  },
  {
    number: 71,
    phase: 'model',
    blame: ['moe_router_num_groups', 'moe_router_group_topk'],
    law: 'every group has as many experts as every other, and a token goes to no more groups than there are',
    broken: a =>
      a.moe_router_group_topk &&
      a.moe_router_num_groups &&
      !(
        hasExperts(a) &&
        divides(a.moe_router_num_groups, a.num_experts) &&
        a.moe_router_group_topk <= a.moe_router_num_groups
      ),
    what: a =>
      `${a.num_experts ?? 'no'} experts in ${a.moe_router_num_groups} groups, ${a.moe_router_group_topk} of them a token.`,
    says: a =>
      `AssertionError: num_moe_experts (${a.num_experts}) should be divisible by moe_router_num_groups (${a.moe_router_num_groups}).`,
  },
  {
    number: 72,
    phase: 'model',
    blame: ['moe_pad_expert_input_to_capacity'],
    law: 'experts are padded to a capacity, so there must be one',
    broken: a => a.moe_pad_expert_input_to_capacity && !((a.moe_expert_capacity_factor ?? -1) >= 0),
    what: () => '--moe-pad-expert-input-to-capacity without moe.capacity_factor.',
    says: () => 'ValueError: moe_expert_capacity_factor must be set to use moe_pad_expert_input_to_capacity',
  },
  {
    number: 72,
    phase: 'model',
    blame: ['moe_pad_expert_input_to_capacity'],
    law: 'DeepEP does not pad experts to their capacity',
    broken: a => dispatcher(a) === 'flex' && a.moe_pad_expert_input_to_capacity && backend(a) === 'deepep',
    what: () => '--moe-pad-expert-input-to-capacity with dispatcher flex over DeepEP.',
    says: () =>
      'ValueError: Flex token dispatcher with deepep backend does not support moe_pad_expert_input_to_capacity',
  },
  {
    number: 72,
    phase: 'model',
    blame: ['moe_enable_deepep', 'moe_flex_dispatcher_backend'],
    law: 'DeepEP and NCCL EP are libraries of dispatcher flex, one at a time; they must be in the image',
    broken: a =>
      dispatcher(a) === 'flex'
        ? a.moe_enable_deepep && a.moe_flex_dispatcher_backend === 'hybridep'
        : a.moe_enable_deepep || a.moe_flex_dispatcher_backend === 'ncclep',
    what: a => `${backend(a)} with moe.dispatcher: ${dispatcher(a)}.`,
    says: () => 'ValueError: DeepEP backend is only supported with flex token dispatcher.',
    hint: () => 'write moe.dispatcher: flex.',
  },
  {
    number: 73,
    phase: 'model',
    blame: ['moe_shared_expert_overlap'],
    law: 'shared experts overlap the exchange of dispatcher alltoall or flex',
    broken: a =>
      a.moe_shared_expert_intermediate_size !== null &&
      a.moe_shared_expert_overlap &&
      !['alltoall', 'flex'].includes(dispatcher(a)),
    what: a => `--moe-shared-expert-overlap with moe.dispatcher: ${dispatcher(a)}.`,
    says: () => 'ValueError: moe_shared_expert_overlap only works with alltoall or flex token dispatcher.',
  },
  {
    number: 74,
    phase: 'model',
    blame: ['moe_aux_loss_coeff', 'moe_router_load_balancing_type'],
    law: 'several ways of balancing have as many coefficients',
    broken: a => balancings(a).length > 1 && [a.moe_aux_loss_coeff].flat().length !== balancings(a).length,
    what: a => `${[a.moe_aux_loss_coeff].flat().length} coefficients for ${balancings(a).length} ways of balancing.`,
    says: () =>
      'AssertionError: moe_aux_loss_coeff must be a list of the same length as moe_router_load_balancing_type',
  },
  {
    number: 50,
    phase: 'model',
    blame: ['moe_router_padding_for_quantization', 'moe_router_padding_for_fp8'],
    law: 'padding for quantization needs fp8 or fp4, and a dispatcher other than allgather',
    broken: a => pads(a) && (!isQuantized(a) || ['allgather', 'alltoall_seq'].includes(dispatcher(a))),
    what: a => `padding for quantization ${isQuantized(a) ? `with moe.dispatcher: ${dispatcher(a)}` : 'without fp8'}.`,
    says: a =>
      isQuantized(a)
        ? 'ValueError: allgather and alltoall_seq dispatcher does not support moe_router_padding_for_quantization.'
        : 'ValueError: fp8/fp4 must be specified when moe_router_padding_for_quantization is True.',
  },
  {
    number: 75,
    phase: 'model',
    blame: ['overlap_moe_expert_parallel_comm'],
    law: 'the exchange of experts overlaps computation only under certain conditions',
    broken: a => a.overlap_moe_expert_parallel_comm && unmet(a),
    what: a => `--overlap-moe-expert-parallel-comm needs ${unmet(a)}.`,
    says: () => 'AssertionError: overlap_moe_expert_parallel_comm is only supported with expert model parallelism',
  },
  {
    number: 76,
    phase: 'never',
    severity: 'warning',
    blame: ['@moe.router_precision', 'moe_router_dtype'],
    law: '32 experts and more are routed badly in bf16',
    broken: a => hasExperts(a) && a.num_experts >= 32 && a.moe_router_dtype === null,
    what: a => `${a.num_experts} experts are routed in bf16.`,
    hint: () => 'write router_precision: fp32.',
  },
  {
    number: 77,
    phase: 'model',
    blame: ['moe_permute_fusion', 'moe_grouped_gemm', 'num_experts'],
    law: 'fused permutation is of Transformer Engine 2.1, grouped GEMM of Ampere and newer',
    broken: (a, s) =>
      hasExperts(a) && ((a.moe_permute_fusion && a.transformer_impl === 'local') || (a.moe_grouped_gemm && isOld(s))),
    what: (_, s) => `${s.gpu ?? 'this machine'} has no kernel for grouped experts.`,
    says: () => 'AssertionError: Unsupported compute capability for GroupedGEMM kernels.',
    hint: () => 'write moe.grouped_gemm: false.',
  },
];
