import { childOf, type Path } from '../located/path.ts';
import type { Foreign } from '../located/say.ts';

/** Our words for one thing, by kind of stage where they differ. */
type Ours = string | Readonly<Record<string, string>>;

const BATCH: Ours = { cpt: 'batch.global_sequences', sft: 'batch.global_samples', rlvr: 'batch.prompts' };
const LENGTH: Ours = {
  cpt: 'sequence_length',
  sft: 'sequence_length',
  rlvr: 'rollout.prompt_tokens and rollout.response_tokens',
};

/** Keys of Megatron-LM, Hugging Face's Trainer, DeepSpeed, veRL, NeMo-RL and Slurm, and what martlet calls the same thing. */
const TABLE: readonly (readonly [words: string, ours: Ours])[] = [
  ['global_batch_size gbs train_batch_size batch_size total_batch_size train_global_batch_size', BATCH],
  ['micro_batch_size mbs per_device_train_batch_size train_micro_batch_size', 'batch.micro_sequences'],
  ['ppo_mini_batch_size mini_batch_size', 'batch.mini_prompts'],
  ['ppo_max_token_len_per_gpu', 'batch.micro_tokens'],
  ['num_prompts_per_step', 'batch.prompts'],
  ['seq_length seq_len seqlen max_seq_length max_seq_len sequence_len context_length max_length cutoff_len', LENGTH],
  [
    'train_iters max_steps num_steps iterations iters total_steps train_steps num_train_steps total_training_steps',
    'budget.steps',
  ],
  ['train_tokens total_tokens max_train_tokens', 'budget.tokens'],
  ['train_samples num_samples', 'budget.samples'],
  ['num_train_epochs epochs num_epochs total_epochs', 'budget.epochs'],
  ['tp tensor_parallel tensor_parallel_size tensor_model_parallel_size', 'parallel.tensor'],
  ['pp pipeline_parallel pipeline_parallel_size pipeline_model_parallel_size', 'parallel.pipeline'],
  ['cp context_parallel context_parallel_size', 'parallel.context'],
  ['ep expert_parallel expert_parallel_size expert_model_parallel_size', 'parallel.expert'],
  ['etp expert_tensor_parallel_size', 'parallel.expert_tensor'],
  ['vpp virtual_pipeline_model_parallel_size', 'parallel.virtual_pipeline'],
  ['sp sequence_parallel', 'parallel.sequence'],
  ['use_distributed_optimizer zero_stage zero zero_optimization fsdp', 'parallel.sharding'],
  ['learning_rate peak_lr max_lr', 'optimizer.lr'],
  ['min_learning_rate lr_min eta_min min_lr_ratio', 'optimizer.min_lr'],
  ['adam_beta1 adam_beta2 beta1 beta2 adam_betas', 'optimizer.betas: [BETA1, BETA2]'],
  ['adam_eps adam_epsilon epsilon', 'optimizer.eps'],
  ['wd adam_weight_decay', 'optimizer.weight_decay'],
  ['max_grad_norm grad_clip gradient_clipping gradient_clip_val', 'optimizer.clip_grad'],
  ['optim optimizer_type', 'optimizer.name'],
  ['lr_scheduler_type lr_scheduler lr_decay_style lr_schedule scheduler decay_style', 'schedule.decay'],
  [
    'warmup_ratio warmup_fraction lr_warmup_fraction lr_warmup_steps_ratio',
    'schedule.warmup_steps: the ratio times the steps',
  ],
  ['lr_warmup_iters lr_warmup_steps warmup_iters num_warmup_steps warmup', 'schedule.warmup_steps'],
  ['lr_decay_iters lr_decay_steps', 'schedule.decay_steps'],
  ['lr_wsd_decay_iters', 'schedule.cooldown_steps'],
  ['save_interval save_steps save_freq save_every save_period', 'checkpoint.every_steps'],
  ['save_total_limit keep_last keep_top_k max_ckpt_to_keep', 'checkpoint.keep'],
  ['save_retain_interval', 'checkpoint.retain_every_steps'],
  ['ckpt_format checkpoint_format', 'checkpoint.format'],
  ['async_save', 'checkpoint.async'],
  ['eval_interval eval_steps eval_every test_freq val_period', 'validation.every_steps'],
  ['eval_iters eval_batches val_batches', 'validation.batches'],
  ['log_interval logging_steps log_every', 'logging.every_steps'],
  ['wandb_project', 'logging.wandb.project'],
  ['tensorboard_dir', 'logging.tensorboard: true'],
  ['dtype torch_dtype mixed_precision params_dtype', 'precision'],
  ['bf16 fp16', 'precision: bf16 | fp16 | fp32'],
  [
    'gradient_checkpointing activation_checkpointing recompute_granularity recompute_activations',
    'recompute: none | selective | full',
  ],
  ['reset_position_ids reset_attention_mask eod_mask_loss', 'data.intra_document_masking'],
  ['use_z_loss', 'z_loss'],
  ['n rollout_n num_generations num_generations_per_prompt samples_per_prompt', 'algorithm.group_size'],
  ['adv_estimator advantage_estimator', 'algorithm.name'],
  ['clip_ratio clip_ratio_low clip_ratio_high cliprange', 'algorithm.clip: {low: ..., high: ...}'],
  ['kl_coef kl_loss_coef beta kl_beta', 'algorithm.kl: {in: loss, coefficient: ...}'],
  ['entropy_coeff entropy_coef', 'algorithm.entropy_coefficient'],
  ['loss_agg_mode', 'algorithm.loss_aggregation'],
  ['filter_groups', 'algorithm.dynamic_sampling'],
  ['max_prompt_length', 'rollout.prompt_tokens'],
  ['max_response_length max_new_tokens max_completion_length', 'rollout.response_tokens'],
  ['gpu_memory_utilization', 'gpu_memory_fraction'],
  ['max_model_len', 'serve.context_tokens'],
  ['nodes num_nodes nnodes n_nodes', 'resources.nodes'],
  ['gpus num_gpus n_gpus ngpus', 'resources.gpus'],
  ['time time_limit walltime timeout', 'resources.walltime'],
  ['partition queue', 'resources.type'],
  ['data_path dataset dataset_name train_data train_files data_paths', 'mixture: the name of one of mixtures:'],
  ['load pretrained_checkpoint init_from resume_from_checkpoint ckpt', 'from'],
  ['random_seed', 'data.seed'],
  ['seed', 'data.seed'],
  ['model_name model_name_or_path base_model pretrained', 'model.base'],
  ['tokenizer_model tokenizer_name tokenizer_path', 'model.tokenizer.from'],
  ['rotary_base', 'model.rope_theta'],
  ['num_layers', 'model.num_hidden_layers'],
  ['ffn_hidden_size', 'model.intermediate_size'],
  ['licence', 'license'],
];

/** What follows from other keys and so has no word. */
const FOLLOWS: Readonly<Record<string, string>> = {
  gradient_accumulation_steps: 'it follows from the batch, the micro-batch and the GPUs.',
  gradient_accumulation: 'it follows from the batch, the micro-batch and the GPUs.',
  dp: 'the data-parallel size follows from the GPUs and the other sizes.',
  data_parallel_size: 'the data-parallel size follows from the GPUs and the other sizes.',
  gpus_per_node: 'it is a fact of the cluster: ask for resources: {gpus: N}.',
  n_gpus_per_node: 'it is a fact of the cluster: ask for resources: {gpus: N}.',
  account: 'it belongs to a person: account: in your overlay of the cluster, or --account.',
  cluster: 'a recipe knows no site: --cluster NAME.',
  output_dir: 'martlet lays out the folder of a run: RUN/checkpoints/STAGE.',
  save_dir: 'martlet lays out the folder of a run: RUN/checkpoints/STAGE.',
  depends_on: 'from: names what a stage needs.',
  needs: 'from: names what a stage needs.',
};

const OURS: ReadonlyMap<string, Ours> = new Map(
  TABLE.flatMap(([words, ours]) => words.split(' ').map(word => [word, ours])),
);

/** What a stage is called elsewhere. */
const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cpt: 'pretrain pretraining train training continual_pretraining continued_pretraining midtrain midtraining',
    sft: 'sft_train finetune finetuning fine_tune instruct instruction_tuning posttrain',
    rlvr: 'rl grpo ppo dapo rlhf rl_train',
    prepare: 'preprocess tokenize tokenise tokenization data',
    fetch: 'download',
    import: 'convert',
    evaluate: 'eval evaluation benchmark',
    command: 'script shell run exec',
  }).flatMap(([ours, words]) => words.split(' ').map(word => [word, ours] as const)),
);

const plain = (key: string): string => key.replace(/^-+/, '').replaceAll('-', '_').toLowerCase();

const kindAt = (path: Path, value: unknown): string =>
  String(childOf(childOf(childOf(value, 'stages'), path[1] ?? ''), 'kind'));

const kindWord = (written: string, path: Path): string | undefined =>
  path[0] === 'stages' && path[2] === 'kind' && path.length === 3 ? KINDS.get(plain(written)) : undefined;

const keyHint = (key: string, path: Path, value: unknown): string | undefined => {
  const word = plain(key);
  if (Object.hasOwn(FOLLOWS, word)) return FOLLOWS[word];
  const ours = OURS.get(word);
  const found = typeof ours === 'object' ? (ours[kindAt(path, value)] ?? Object.values(ours).join(', ')) : ours;
  if (found === undefined) return undefined;
  if (/^(model|license)/.test(found) || (path.length > 0 && path[0] !== 'stages')) return `martlet's word is ${found}.`;
  return `martlet's word is stages.${path[1] ?? 'NAME'}.${found}.`;
};

/** `batch.global_sequences` for `global_batch_size`: a hint, never an alias; `cpt` for `kind: pretrain`. */
export const foreignHint: Foreign = Object.assign(keyHint, { word: kindWord });
