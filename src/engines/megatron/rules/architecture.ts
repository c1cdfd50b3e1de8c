import type { Values } from '../argparse.ts';
import { divides, legal } from '../rule.ts';
import type { ArgumentRule } from './rule.ts';

const tensor = (a: Values): number => a.tensor_model_parallel_size;
const context = (a: Values): number => a.context_parallel_size;
const heads = (a: Values): number => a.num_attention_heads;
const groups = (a: Values): number => (a.group_query_attention ? a.num_query_groups : heads(a));
const splitsHeads = (a: Values): boolean => divides(tensor(a), heads(a));
const splitsGroups = (a: Values): boolean => divides(tensor(a), groups(a)) || divides(groups(a), tensor(a));
const kinds = (a: Values): readonly string[] => [a.cp_comm_type].flat();
const REQUIRED = ['num_layers', 'hidden_size', 'num_attention_heads', 'max_position_embeddings', 'seq_length'];
const missing = (a: Values): string | undefined => REQUIRED.find(name => a[name] === null);
const product = (list: readonly number[]): number => list.reduce((all, each) => all * each, 1);
const perRank = (a: Values): readonly number[] => [heads(a) / tensor(a), Math.max(1, groups(a) / tensor(a))];
/** Sizes that a tensor split cuts into equal parts, with their names. */
const cut = (a: Values): readonly (readonly [string, number])[] => [
  ['vocabulary', a.padded_vocab_size ?? 0],
  ['feed-forward size', a.ffn_hidden_size],
  ['shared experts', a.num_experts === null ? 0 : (a.moe_shared_expert_intermediate_size ?? 0)],
];
const uncut = (a: Values) => cut(a).find(([, size]) => !divides(tensor(a), size));

/** Sizes of the model, and how tensor and context parallelism cut them: rules 20 to 27 and 34 to 42. */
export const ARCHITECTURE_RULES: readonly ArgumentRule[] = [
  {
    number: 20,
    phase: 'arguments',
    blame: REQUIRED,
    law: 'layers, hidden size, heads, positions and sequence length are given',
    broken: missing,
    what: a => `${missing(a)} is not given.`,
    says: a => `AssertionError: ${missing(a)} argument is None`,
  },
  {
    number: 21,
    phase: 'arguments',
    blame: ['seq_length', 'max_position_embeddings'],
    law: 'the model has a position for every token of a sequence',
    broken: a => a.max_position_embeddings !== null && a.max_position_embeddings < a.seq_length,
    what: a => `sequence length ${a.seq_length} is over the ${a.max_position_embeddings} positions of the model.`,
    says: a =>
      `AssertionError: max_position_embeddings (${a.max_position_embeddings}) must be greater than or equal to seq_length (${a.seq_length})`,
  },
  {
    number: 22,
    phase: 'arguments',
    blame: ['context_parallel_size'],
    law: 'seq-length should be a multiple of 2 * context-parallel-size',
    broken: a => context(a) > 1 && !divides(2 * context(a), a.seq_length),
    what: a => `sequence length ${a.seq_length} is not a multiple of 2 x context ${context(a)}.`,
    says: () =>
      'AssertionError: seq-length should be a multiple of 2 * context-parallel-size if context-parallel-size > 1.',
  },
  {
    number: 23,
    phase: 'arguments',
    blame: ['num_attention_heads', 'hidden_size'],
    law: 'without --kv-channels the hidden size is a multiple of the heads',
    broken: a => !Number.isInteger(a.kv_channels),
    what: a => `hidden size ${a.hidden_size} is not a multiple of ${heads(a)} heads.`,
  },
  {
    number: 24,
    phase: 'model',
    blame: ['tensor_model_parallel_size'],
    law: 'num_attention_heads must be a multiple of tensor_model_parallel_size',
    broken: a => !splitsHeads(a),
    what: a => `${heads(a)} attention heads cannot be split over tensor ${tensor(a)}.`,
    says: a =>
      `ValueError: num_attention_heads (${heads(a)}) must be a multiple of tensor_model_parallel_size (${tensor(a)}).`,
    hint: a => `legal: ${legal([1, 2, 4, 8, 16], n => divides(n, heads(a)))}.`,
  },
  {
    number: 25,
    phase: 'model',
    blame: ['tensor_model_parallel_size'],
    law: 'num_query_groups must be a multiple or divisor of tensor_model_parallel_size',
    broken: a => !splitsGroups(a),
    what: a => `${groups(a)} key-value groups and tensor ${tensor(a)} do not divide each other.`,
    says: a =>
      `ValueError: num_query_groups (${groups(a)}) must be a multiple or divisor of tensor_model_parallel_size (${tensor(a)}).`,
  },
  {
    number: 26,
    phase: 'step',
    blame: ['moe_shared_expert_intermediate_size', 'tensor_model_parallel_size'],
    law: 'every tensor-parallel rank has as much of a layer as every other',
    broken: a => splitsHeads(a) && uncut(a),
    what: a => `${uncut(a)?.join(' ')} is not divisible by tensor ${tensor(a)}.`,
  },
  {
    number: 34,
    phase: 'never',
    severity: 'warning',
    blame: ['sequence_parallel'],
    law: 'sequence parallelism splits what tensor parallelism does not, and is turned off without it',
    broken: (a, s) => s.given.has('sequence_parallel') && tensor(a) === 1,
    what: () => 'parallel.sequence with tensor 1.',
    hint: () => 'write sequence: false.',
  },
  {
    number: 35,
    phase: 'arguments',
    blame: ['tp_comm_overlap'],
    law: 'communication of tensor parallelism is overlapped only under sequence parallelism',
    broken: a => a.tp_comm_overlap && !a.sequence_parallel,
    what: () => '--tp-comm-overlap without parallel.sequence over tensor 2 or more.',
    says: () =>
      'AssertionError: Tensor parallel communication/GEMM overlap can happen only when sequence parallelism is enabled',
  },
  {
    number: 36,
    phase: 'arguments',
    blame: ['@env.CUDA_DEVICE_MAX_CONNECTIONS', 'tensor_model_parallel_size', 'context_parallel_size'],
    law: 'tensor or context parallelism on Hopper and older needs one hardware queue (CUDA_DEVICE_MAX_CONNECTIONS: 1), which martlet exports',
    // Blackwell and later do without. Megatron's FSDP wants the opposite (rules 53, 54).
    broken: (a, s) =>
      tensor(a) * context(a) > 1 &&
      !a.use_torch_fsdp2 &&
      !a.use_megatron_fsdp &&
      !a.overlap_moe_expert_parallel_comm &&
      !/^(g?b\d00)/.test(s.gpu ?? '') &&
      s.environment.CUDA_DEVICE_MAX_CONNECTIONS !== '1',
    what: (_, s) => `CUDA_DEVICE_MAX_CONNECTIONS is ${s.environment.CUDA_DEVICE_MAX_CONNECTIONS ?? 'not set'}.`,
    says: () =>
      'AssertionError: Using tensor model parallelism or context parallelism require setting the environment variable CUDA_DEVICE_MAX_CONNECTIONS to 1',
    hint: () => 'remove it from env:.',
  },
  {
    number: 37,
    phase: 'arguments',
    blame: ['cp_comm_type'],
    law: 'a2a+p2p needs --hierarchical-context-parallel-sizes',
    broken: a => kinds(a).includes('a2a+p2p') && a.hierarchical_context_parallel_sizes === null,
    what: () => '--cp-comm-type: a2a+p2p without the sizes of its two levels.',
    says: () => 'AssertionError: --hierarchical-context-parallel-sizes must be set when a2a+p2p is used in cp comm',
  },
  {
    number: 37,
    phase: 'arguments',
    blame: ['hierarchical_context_parallel_sizes'],
    law: 'the levels of context parallelism multiply to it',
    broken: a =>
      a.hierarchical_context_parallel_sizes !== null && product(a.hierarchical_context_parallel_sizes) !== context(a),
    what: a => `levels ${a.hierarchical_context_parallel_sizes.join(' x ')} of context ${context(a)}.`,
  },
  {
    number: 37,
    phase: 'model',
    blame: ['cp_comm_type'],
    law: 'one exchange for all layers, or one for each',
    broken: a => context(a) > 1 && kinds(a).length !== 1 && kinds(a).length !== a.num_layers,
    what: a => `${kinds(a).length} exchanges for ${a.num_layers} layers.`,
    says: a =>
      `AssertionError: Length of cp_comm_type (${kinds(a).length}) should equal to the total number of transformer layers (${a.num_layers})!`,
  },
  {
    number: 37,
    phase: 'step',
    blame: ['@parallel.context'],
    law: 'a2a gives every context rank as many heads and groups as every other (Transformer Engine)',
    broken: a =>
      context(a) > 1 &&
      kinds(a).includes('a2a') &&
      splitsHeads(a) &&
      splitsGroups(a) &&
      perRank(a).some(each => !divides(context(a), each)),
    what: a =>
      `${perRank(a).join(' heads and ')} key-value groups a rank cannot be exchanged over context ${context(a)}.`,
  },
  {
    number: 38,
    phase: 'arguments',
    blame: ['hybrid_context_parallel'],
    law: 'hybrid context parallelism needs pipeline 1, the single data loader, --calculate-per-token-loss, and neither CUDA graphs nor FSDP',
    broken: a =>
      a.hybrid_context_parallel &&
      (a.pipeline_model_parallel_size > 1 ||
        a.enable_cuda_graph ||
        a.use_megatron_fsdp ||
        a.dataloader_type !== 'single' ||
        !a.calculate_per_token_loss),
    what: () => '--hybrid-context-parallel without what it needs.',
    says: () => 'AssertionError: Hybrid context parallelism must be used with --calculate-per-token-loss',
  },
  {
    number: 39,
    phase: 'arguments',
    blame: ['multi_latent_attention'],
    law: 'latent attention has no key-value groups',
    broken: a => a.multi_latent_attention && a.group_query_attention,
    what: a => `--multi-latent-attention beside ${groups(a)} key-value groups.`,
    says: () => 'AssertionError: Group query attention is mutually exclusive with multi latent attention.',
  },
  {
    number: 40,
    phase: 'arguments',
    blame: ['mtp_num_layers'],
    law: 'multi-token prediction knows rope and no other positions',
    broken: a => a.mtp_num_layers && !['rope', 'none'].includes(a.position_embedding_type),
    what: a => `--mtp-num-layers with ${a.position_embedding_type} positions.`,
    says: a =>
      `AssertionError: Multi-Token Prediction (MTP) is not supported with ${a.position_embedding_type} position embedding type.` +
      'The supported position embedding types are rope and none.',
  },
  {
    number: 41,
    phase: 'step',
    blame: ['use_flash_attn', 'attention_backend'],
    law: 'learned sinks need the fused backend (Transformer Engine 2.8 or newer with cuDNN), which martlet asks for',
    broken: a => a.softmax_type === 'learnable' && (a.use_flash_attn || a.attention_backend === 'flash'),
    what: () => 'attention with learned sinks has no kernel in FlashAttention.',
    hint: () => 'remove it from extra:.',
  },
  {
    number: 42,
    phase: 'arguments',
    blame: ['add_position_embedding'],
    law: '--no-position-embedding is deprecated, and refused beside any type but rope',
    broken: a => !a.add_position_embedding && a.position_embedding_type !== 'rope',
    what: a => `--no-position-embedding with ${a.position_embedding_type} positions.`,
    says: () => 'RuntimeError: --no-position-embedding is deprecated, use --position-embedding-type',
  },
];
