import type { Parsed, Values } from '../argparse.ts';
import { ABSENT } from './absent.ts';
import type { RankEnvironment } from './rule.ts';

/** Ranks of the weight shards that are gathered for a step (resolve_tensor_parallel_weight_shards, model_parallel_config.py). */
const gathered = (shards: number | null, tensor: number): number => (shards === null ? 1 : shards / tensor);

const worldOf = (a: Values, environment: RankEnvironment): void => {
  const world = Number(environment.WORLD_SIZE ?? 1);
  a.expert_tensor_parallel_size ??= a.tensor_model_parallel_size;
  a.gtp_weight_remat_size = gathered(a.tensor_parallel_num_weight_shards, a.tensor_model_parallel_size);
  a.expert_gtp_weight_remat_size = gathered(a.expert_tensor_parallel_num_weight_shards, a.expert_tensor_parallel_size);
  const model =
    a.tensor_model_parallel_size * a.pipeline_model_parallel_size * a.context_parallel_size * a.gtp_weight_remat_size;
  Object.assign(a, { rank: Number(environment.RANK ?? 0), world_size: world, data_parallel_size: world / model });
};

const batchOf = (a: Values): void => {
  a.global_batch_size ??= a.micro_batch_size * a.data_parallel_size;
  a.eval_global_batch_size ??= a.global_batch_size;
  a.eval_micro_batch_size ??= a.micro_batch_size;
};

const layersCounted = (a: Values): number =>
  a.num_layers + Number(a.account_for_embedding_in_pipeline_split) + Number(a.account_for_loss_in_pipeline_split);

/** The stages of a layout such as `Ettt|(tt|)*29,m|L`, a letter a layer (PipelineParallelLayerLayout.parse_str_to_list). */
export const layoutStages = (layout: string): readonly string[] => {
  const repeat = (text: string, pattern: RegExp): string =>
    text.replace(pattern, (_, part: string, times: string) => part.repeat(Math.min(Number(times), 10_000)));
  return repeat(repeat(layout.replaceAll(',', ''), /\(([^)]+)\)\*(\d+)/g), /(.)\*(\d+)/g).split('|');
};

export const stagesOfLayout = (layout: string): number => layoutStages(layout).length;

const virtualStages = (a: Values): number | null => {
  if (a.pipeline_model_parallel_layout !== null)
    return stagesOfLayout(a.pipeline_model_parallel_layout) / a.pipeline_model_parallel_size;
  if (a.num_virtual_stages_per_pipeline_rank !== null) return a.num_virtual_stages_per_pipeline_rank;
  if (a.num_layers_per_virtual_pipeline_stage === null) return null;
  return layersCounted(a) / a.pipeline_model_parallel_size / a.num_layers_per_virtual_pipeline_stage;
};

const pipelineOf = (a: Values): void => {
  const stages = virtualStages(a);
  a.virtual_pipeline_model_parallel_size = stages === 1 ? null : stages;
  if (a.virtual_pipeline_model_parallel_size !== null) return;
  a.overlap_p2p_comm = false;
  a.align_param_gather = false;
};

const sizesOf = (a: Values): void => {
  a.ffn_hidden_size ??= a.swiglu ? Math.floor((a.hidden_size * 8) / 3 / 64) * 64 : 4 * a.hidden_size;
  a.kv_channels ??= a.hidden_size / a.num_attention_heads;
  if (a.num_experts === 0) a.num_experts = null;
  if (a.num_experts !== null) a.moe_ffn_hidden_size ??= a.ffn_hidden_size;
  for (const list of ['moe_router_load_balancing_type', 'moe_aux_loss_coeff'])
    if (Array.isArray(a[list]) && a[list].length === 1) a[list] = a[list][0];
};

const optimizerOf = (a: Values): void => {
  if (a.use_megatron_fsdp) a.use_distributed_optimizer = true;
  if (a.fp16 && !a.loss_scale) a.check_for_nan_in_loss_and_grad = false;
  // bf16 sums gradients in fp32 unless it is told otherwise.
  if (a.bf16 && a.grad_reduce_in_bf16) a.accumulate_allreduce_grads_in_fp32 = false;
  else if (a.bf16 && a.main_grads_dtype === 'fp32') a.accumulate_allreduce_grads_in_fp32 = true;
};

/** What validate_args of arguments.py (core_v0.19.0) makes of the parsed attributes where they were not given. */
export function effectiveValues(parsed: Parsed, environment: RankEnvironment): Values {
  const a: Values = { ...ABSENT, ...parsed.values };
  if (a.recompute_activations) a.recompute_granularity = 'selective';
  worldOf(a, environment);
  batchOf(a);
  pipelineOf(a);
  optimizerOf(a);
  sizesOf(a);
  if (a.dataloader_inter_document_masking) a.create_attention_mask_in_dataloader = false;
  if (a.tensor_model_parallel_size === 1) a.sequence_parallel = false;
  a.dataloader_type ??= 'single';
  if (a.use_rotary_position_embeddings) a.position_embedding_type = 'rope';
  a.cpu_offloading = a.cpu_offloading || a.cpu_offloading_num_layers > 0;
  return a;
}

/** Without the attributes that the release itself does not have. */
export const ownValues = (a: Values, parsed: Parsed): Values =>
  Object.fromEntries(Object.entries(a).filter(([dest]) => dest in parsed.values || !(dest in ABSENT)));
