import type { Values } from '../argparse.ts';
import type { ArgumentRule } from './rule.ts';

const MODULES = [
  ...['core_attn', 'moe_act', 'layernorm', 'mla_up_proj', 'mlp', 'moe', 'shared_experts', 'gdn_norm_out'],
];
const modules = (a: Values): readonly string[] => a.recompute_modules ?? [];
const isSelective = (a: Values): boolean => a.recompute_granularity === 'selective';

/** Modules that are recomputed only in a model that has them so. */
const NEEDS: Readonly<Record<string, readonly [holds: (a: Values) => unknown, need: string]>> = {
  moe_act: [a => a.moe_grouped_gemm, 'grouped experts (moe.grouped_gemm)'],
  mla_up_proj: [a => a.multi_latent_attention, '--multi-latent-attention'],
  gdn_norm_out: [a => a.experimental_attention_variant === 'gated_delta_net', 'gated delta nets'],
  shared_experts: [
    a => !(a.moe_shared_expert_intermediate_size !== null && a.moe_shared_expert_overlap),
    'shared experts that are not overlapped',
  ],
};
const wrong = (a: Values): string | undefined => modules(a).find(each => !MODULES.includes(each));
const needy = (a: Values): string | undefined => modules(a).find(each => NEEDS[each] && !NEEDS[each][0](a));

/** Activations that are made again or kept elsewhere: rules 60 to 64 (validate_args, TransformerConfig). */
export const RECOMPUTE_RULES: readonly ArgumentRule[] = [
  {
    number: 60,
    phase: 'model',
    blame: ['recompute_method', 'recompute_num_layers', 'recompute_granularity'],
    law: 'full recompute has a method, uniform or block, and a number of layers',
    broken: a =>
      a.recompute_granularity === 'full' &&
      !(['uniform', 'block'].includes(a.recompute_method) && a.recompute_num_layers !== null),
    what: () => 'recompute: full without its method or number of layers.',
    says: () => 'ValueError: Using recompute_granularity: full so recompute_method must be "block" or "uniform"',
  },
  {
    number: 61,
    phase: 'arguments',
    blame: ['recompute_activations', 'recompute_method', 'recompute_num_layers'],
    law: 'selective recompute has neither a method nor a number of layers',
    broken: a => isSelective(a) && (a.recompute_method !== null || a.recompute_num_layers !== null),
    what: () => 'selective recompute with a method or a number of layers.',
    says: () => 'AssertionError: recompute method is not yet supported for selective recomputing granularity',
    hint: () => 'write recompute: selective or full, and nothing beside it.',
  },
  {
    number: 62,
    phase: 'model',
    blame: ['recompute_modules'],
    law: 'selective recompute knows certain modules',
    broken: a => isSelective(a) && wrong(a),
    what: a => `${wrong(a)} is no module that is recomputed.`,
    says: a => `AssertionError: Invalid choices for recompute_modules: {'${wrong(a)}'}.`,
    hint: () => `known: ${MODULES.join(', ')}.`,
  },
  {
    number: 62,
    phase: 'model',
    blame: ['recompute_modules'],
    law: 'a module is recomputed where the model has it',
    broken: a => isSelective(a) && !wrong(a) && needy(a),
    what: a => `${needy(a)} is recomputed only with ${NEEDS[needy(a) ?? '']?.[1]}.`,
    says: a => `ValueError: ${needy(a)} in recompute_modules is only supported with something this model has not.`,
  },
  {
    number: 63,
    phase: 'arguments',
    blame: ['distribute_saved_activations'],
    law: 'activations are spread over tensor-parallel ranks under full recompute, and not under sequence parallelism',
    broken: a =>
      a.distribute_saved_activations &&
      !(
        a.tensor_model_parallel_size > 1 &&
        a.recompute_granularity === 'full' &&
        a.recompute_method !== null &&
        !a.sequence_parallel
      ),
    what: () => '--distribute-saved-activations without what it needs.',
    says: () => 'AssertionError: can distribute recomputed activations only across tensor model parallel groups',
    hint: () => 'parallel: {tensor: 2, sequence: false} and recompute: full.',
  },
  {
    number: 64,
    phase: 'model',
    blame: ['cpu_offloading_num_layers', 'cpu_offloading'],
    law: 'layers are offloaded without pipeline stages and without recompute',
    broken: a => a.cpu_offloading && (a.pipeline_model_parallel_size > 1 || (a.recompute_granularity ?? null) !== null),
    what: a =>
      `layers are offloaded beside ${a.pipeline_model_parallel_size > 1 ? `pipeline ${a.pipeline_model_parallel_size}` : `recompute ${a.recompute_granularity}`}.`,
    says: a =>
      a.pipeline_model_parallel_size > 1
        ? 'ValueError: Currently there is no support for Pipeline parallelism with CPU offloading'
        : 'ValueError: CPU offloading does not work when activation recomputation is enabled',
  },
  {
    number: 64,
    phase: 'model',
    blame: ['cpu_offloading_num_layers'],
    law: 'at least one layer stays on the GPU',
    broken: a => a.cpu_offloading && !(a.cpu_offloading_num_layers >= 0 && a.cpu_offloading_num_layers < a.num_layers),
    what: a => `${a.cpu_offloading_num_layers} of ${a.num_layers} layers are offloaded.`,
    says: a => `ValueError: CPU offloading can be done only for layers less than ${a.num_layers}`,
  },
];
