import type { Values } from '../argparse.ts';

const NONE = `data_args_path data_cache_path data_path dataloader_type decoder_first_pipeline_num_layers
  decoder_last_pipeline_num_layers end_weight_decay eval_global_batch_size eval_interval eval_micro_batch_size
  experimental_attention_variant expert_tensor_parallel_num_weight_shards expert_tensor_parallel_size ffn_hidden_size
  fp4 fp8 global_batch_size hidden_size hierarchical_context_parallel_sizes kv_channels load log_memory_interval
  loss_scale lr lr_decay_iters lr_decay_samples lr_warmup_fraction max_position_embeddings micro_batch_size
  microbatch_group_size_per_vp_stage moe_expert_capacity_factor moe_ffn_hidden_size moe_router_dtype moe_router_group_topk moe_router_num_groups
  moe_shared_expert_intermediate_size mtp_num_layers no_load_optim non_persistent_ckpt_type non_persistent_local_ckpt_dir
  num_attention_heads num_experts num_layers num_layers_per_virtual_pipeline_stage num_virtual_stages_per_pipeline_rank
  override_ckpt_iteration padded_vocab_size per_split_data_args_path pipeline_model_parallel_layout
  pretrained_checkpoint recompute_granularity recompute_method recompute_modules recompute_num_layers
  replication_jump save save_interval save_retain_interval seq_length spec split start_weight_decay
  step_batch_size_schedule tensor_parallel_num_weight_shards test_data_path tokenizer_type train_data_path
  train_iters train_samples valid_data_path warmup`;
const OFF = `account_for_embedding_in_pipeline_split account_for_loss_in_pipeline_split accumulate_allreduce_grads_in_fp32
  async_save bf16 calculate_per_token_loss cross_entropy_loss_fusion dataloader_fast_cache_load
  dataloader_inter_document_masking decrease_batch_size_if_needed distribute_saved_activations enable_cuda_graph
  enable_ft_package finetune first_last_layers_bf16 fp16 fp4_param_gather fp8_param_gather full_validation
  grad_reduce_in_bf16 group_query_attention hybrid_context_parallel load_main_params_from_ckpt mock_data
  moe_enable_deepep moe_grouped_gemm moe_pad_expert_input_to_capacity moe_permute_fusion moe_router_enable_expert_bias
  moe_router_padding_for_fp8 moe_router_padding_for_quantization moe_router_pre_softmax moe_shared_expert_overlap
  multi_latent_attention multiple_validation_sets nccl_ub optimizer_cpu_offload overlap_grad_reduce
  overlap_moe_expert_parallel_comm overlap_p2p_comm_warmup_flush overlap_param_gather overlap_param_gather_with_optimizer_step
  override_opt_param_scheduler recompute_activations replication reset_attention_mask reset_position_ids
  sequence_parallel sft swiglu tp_comm_overlap untie_embeddings_and_output_weights use_checkpoint_args
  use_checkpoint_opt_param_scheduler use_distributed_optimizer use_flash_attn use_megatron_fsdp
  use_persistent_ckpt_worker use_precision_aware_optimizer use_rotary_position_embeddings use_torch_fsdp2`;

const all = (names: string, value: unknown): Values =>
  Object.fromEntries(names.split(/\s+/).map(name => [name, value]));

/** What the rules take an attribute for that a release does not have: core_v0.19.0's default, as if it were there and not given. */
export const ABSENT: Values = {
  ...all(NONE, null),
  ...all(OFF, false),
  attention_backend: 'auto',
  ckpt_format: 'torch_dist',
  context_parallel_size: 1,
  cp_comm_type: ['p2p'],
  cpu_offloading_num_layers: 0,
  cross_entropy_fusion_impl: 'native',
  cuda_graph_impl: 'none',
  add_bias_linear: true,
  use_gloo_process_groups: true,
  exp_avg_dtype: 'fp32',
  exp_avg_sq_dtype: 'fp32',
  expert_model_parallel_size: 1,
  fp8_recipe: 'delayed',
  log_interval: 100,
  lr_decay_style: 'linear',
  lr_warmup_init: 0,
  lr_warmup_iters: 0,
  lr_warmup_samples: 0,
  main_grads_dtype: 'fp32',
  main_params_dtype: 'fp32',
  min_lr: 0,
  moe_aux_loss_coeff: 0,
  moe_flex_dispatcher_backend: 'deepep',
  moe_layer_freq: 1,
  moe_router_load_balancing_type: 'aux_loss',
  moe_router_score_function: 'softmax',
  moe_router_topk: 2,
  moe_token_dispatcher_type: 'allgather',
  align_param_gather: true,
  check_for_nan_in_loss_and_grad: true,
  create_attention_mask_in_dataloader: true,
  gradient_accumulation_fusion: true,
  overlap_p2p_comm: true,
  add_position_embedding: true,
  num_dataset_builder_threads: 1,
  num_distributed_optimizer_instances: 1,
  num_query_groups: 1,
  optimizer: 'adam',
  pipeline_model_parallel_size: 1,
  position_embedding_type: 'learned_absolute',
  seed: 1234,
  softmax_type: 'vanilla',
  tensor_model_parallel_size: 1,
  transformer_impl: 'transformer_engine',
  weight_decay_incr_style: 'constant',
};
