import type { RlvrStage, SftStage } from '../../recipe/schema.ts';
import type { ConfigValue, Key } from './key.ts';
import type { VerlSpec } from './spec.ts';

type Spec = VerlSpec;
type Rows = readonly Key<Spec>[];

/** Where a program keeps its parts: RL has them below the actor, SFT at the root. */
export interface Home {
  readonly optim: string;
  readonly fsdp: string;
  readonly megatron: string;
  readonly model: string;
  readonly checkpoint: string;
}

const FSDP_OPTIMIZERS: Readonly<Record<string, string>> = { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD' };
const MEGATRON_OPTIMIZERS: Readonly<Record<string, string>> = { adamw: 'adam', adam: 'adam', sgd: 'sgd', muon: 'muon' };
const MEGATRON_DECAYS: Readonly<Record<string, string>> = { wsd: 'WSD', 'inverse-sqrt': 'inverse_square_root' };

const optimizer = ({ stage }: Spec) => stage.optimizer;
const schedule = ({ stage }: Spec) => stage.schedule;
const isAdam = (s: Spec): boolean => optimizer(s).name.startsWith('adam');

const megatronDecay = (s: Spec): string | undefined =>
  schedule(s) && (MEGATRON_DECAYS[schedule(s)?.decay ?? ''] ?? schedule(s)?.decay);

/** A ratio to the peak; 12 digits, so that no 0.10000000000000002 stands in the file. */
const floor = (s: Spec): number | undefined => {
  const { min_lr, lr } = optimizer(s);
  return min_lr === undefined || lr === 0 ? undefined : Number((min_lr / lr).toPrecision(12));
};

export const optimizerKeys = ({ optim }: Home): Rows => [
  { path: 'optimizer.name', key: `${optim}.optimizer`, of: s => FSDP_OPTIMIZERS[optimizer(s).name], only: 'fsdp' },
  {
    path: 'optimizer.name',
    key: `${optim}.optimizer`,
    of: s => MEGATRON_OPTIMIZERS[optimizer(s).name],
    only: 'megatron',
  },
  { path: 'optimizer.lr', key: `${optim}.lr`, of: s => optimizer(s).lr },
  { path: 'optimizer.weight_decay', key: `${optim}.weight_decay`, of: s => optimizer(s).weight_decay },
  { path: 'optimizer.clip_grad', key: `${optim}.clip_grad`, of: s => optimizer(s).clip_grad },
  { path: 'optimizer.betas', key: `${optim}.betas`, of: s => optimizer(s).betas, only: 'fsdp' },
  // Megatron's optimizer never sees `betas` (init_megatron_optim_config in verl/utils/megatron/optimizer.py).
  {
    path: 'optimizer.betas',
    key: `${optim}.override_optimizer_config.adam_beta1`,
    of: s => (isAdam(s) ? optimizer(s).betas?.[0] : undefined),
    only: 'megatron',
  },
  {
    path: 'optimizer.betas',
    key: `${optim}.override_optimizer_config.adam_beta2`,
    of: s => (isAdam(s) ? optimizer(s).betas?.[1] : undefined),
    only: 'megatron',
  },
  {
    path: 'optimizer.eps',
    key: `${optim}.override_optimizer_config.adam_eps`,
    of: s => optimizer(s).eps,
    only: 'megatron',
  },
  { path: 'optimizer.eps', key: `${optim}.override_optimizer_config.eps`, of: s => optimizer(s).eps, only: 'fsdp' },
  {
    path: 'optimizer.momentum',
    key: `${optim}.override_optimizer_config.sgd_momentum`,
    of: s => optimizer(s).momentum,
    only: 'megatron',
  },
  {
    path: 'optimizer.momentum',
    key: `${optim}.override_optimizer_config.momentum`,
    of: s => optimizer(s).momentum,
    only: 'fsdp',
  },
  { path: 'optimizer.min_lr', key: `${optim}.min_lr_ratio`, of: floor, only: 'fsdp' },
  { path: 'optimizer.min_lr', key: `${optim}.min_lr`, of: s => optimizer(s).min_lr, only: 'megatron' },
  { path: 'schedule.decay', key: `${optim}.lr_scheduler_type`, of: s => schedule(s)?.decay, only: 'fsdp' },
  { path: 'schedule.decay', key: `${optim}.lr_decay_style`, of: megatronDecay, only: 'megatron' },
  { path: 'schedule.warmup_steps', key: `${optim}.lr_warmup_steps`, of: s => s.warmupSteps },
  { path: 'schedule.warmup_from', key: `${optim}.lr_warmup_init`, of: s => schedule(s)?.warmup_from, only: 'megatron' },
  { path: 'schedule.decay_steps', key: `${optim}.lr_decay_steps`, of: s => schedule(s)?.decay_steps, only: 'megatron' },
  {
    path: 'schedule.cooldown_steps',
    key: `${optim}.lr_wsd_decay_steps`,
    of: s => schedule(s)?.cooldown_steps,
    only: 'megatron',
  },
  { path: 'schedule.cooldown', key: `${optim}.lr_wsd_decay_style`, of: s => schedule(s)?.cooldown, only: 'megatron' },
  // Else a resumed run starts its schedule again.
  {
    path: 'schedule',
    key: `${optim}.use_checkpoint_opt_param_scheduler`,
    of: () => true,
    only: 'megatron',
    yields: true,
  },
];

const offloads = (s: Spec, what: string): boolean | undefined =>
  s.stage.offload && (s.stage.offload as readonly string[]).includes(what);

const split = (s: Spec) => (typeof s.stage.parallel === 'object' ? s.stage.parallel : undefined);

const fsdpKeys = ({ fsdp, model }: Home): Rows => [
  { path: 'offload', key: `${fsdp}.param_offload`, of: s => offloads(s, 'parameters'), only: 'fsdp' },
  { path: 'offload', key: `${fsdp}.optimizer_offload`, of: s => offloads(s, 'optimizer'), only: 'fsdp' },
  { path: 'offload', key: `${model}.enable_activation_offload`, of: s => offloads(s, 'activations'), only: 'fsdp' },
  { path: 'precision', key: `${fsdp}.dtype`, of: dtype, only: 'fsdp' },
  { path: 'data.seed', key: `${fsdp}.seed`, of: s => s.stage.data?.seed, only: 'fsdp' },
  {
    path: 'recompute',
    key: `${model}.enable_gradient_checkpointing`,
    of: s => (s.stage.recompute === undefined ? undefined : s.stage.recompute === 'full'),
    only: 'fsdp',
  },
];

const dtype = ({ stage }: Spec): string | undefined =>
  stage.precision === 'bf16' ? 'bfloat16' : stage.precision === 'fp16' ? 'float16' : undefined;

/** In Megatron's words: none is no granularity. */
const granularity = ({ stage }: Spec): ConfigValue | undefined => (stage.recompute === 'none' ? null : stage.recompute);

const whenFull = (s: Spec, value: ConfigValue): ConfigValue | undefined =>
  s.stage.recompute === 'full' ? value : undefined;

const layoutKeys = ({ megatron }: Home): Rows => [
  { path: 'parallel.tensor', key: `${megatron}.tensor_model_parallel_size`, of: s => split(s)?.tensor },
  { path: 'parallel.pipeline', key: `${megatron}.pipeline_model_parallel_size`, of: s => split(s)?.pipeline },
  { path: 'parallel.context', key: `${megatron}.context_parallel_size`, of: s => split(s)?.context },
  { path: 'parallel.expert', key: `${megatron}.expert_model_parallel_size`, of: s => split(s)?.expert },
  { path: 'parallel.expert_tensor', key: `${megatron}.expert_tensor_parallel_size`, of: s => split(s)?.expert_tensor },
  {
    path: 'parallel.virtual_pipeline',
    key: `${megatron}.virtual_pipeline_model_parallel_size`,
    of: s => split(s)?.virtual_pipeline,
  },
  { path: 'parallel.sequence', key: `${megatron}.sequence_parallel`, of: s => split(s)?.sequence },
  {
    path: 'parallel.sharding',
    key: `${megatron}.use_distributed_optimizer`,
    of: s => split(s)?.sharding && split(s)?.sharding === 'distributed-optimizer',
  },
  { path: 'offload', key: `${megatron}.param_offload`, of: s => offloads(s, 'parameters') },
  { path: 'offload', key: `${megatron}.grad_offload`, of: s => offloads(s, 'gradients') },
  { path: 'offload', key: `${megatron}.optimizer_offload`, of: s => offloads(s, 'optimizer') },
  { path: 'precision', key: `${megatron}.dtype`, of: dtype },
  { path: 'data.seed', key: `${megatron}.seed`, of: s => s.stage.data?.seed },
];

/** Settings of Megatron's TransformerConfig, which the engine takes as they are. */
const transformerKeys = ({ megatron }: Home): Rows => {
  const at = `${megatron}.override_transformer_config`;
  const moe = ({ stage }: Spec) => stage.moe;
  return [
    {
      path: 'recompute',
      key: `${at}.recompute_granularity`,
      of: granularity,
    },
    { path: 'recompute', key: `${at}.recompute_method`, of: s => whenFull(s, 'uniform'), yields: true },
    { path: 'recompute', key: `${at}.recompute_num_layers`, of: s => whenFull(s, 1), yields: true },
    { path: 'moe.aux_loss', key: `${at}.moe_aux_loss_coeff`, of: s => moe(s)?.aux_loss },
    { path: 'moe.router_z_loss', key: `${at}.moe_z_loss_coeff`, of: s => moe(s)?.router_z_loss },
    {
      path: 'moe.balancing',
      key: `${at}.moe_router_load_balancing_type`,
      of: s => moe(s)?.balancing,
    },
    { path: 'moe.router_precision', key: `${at}.moe_router_dtype`, of: s => moe(s)?.router_precision },
    { path: 'moe.dispatcher', key: `${at}.moe_token_dispatcher_type`, of: s => moe(s)?.dispatcher },
    { path: 'moe.grouped_gemm', key: `${at}.moe_grouped_gemm`, of: s => moe(s)?.grouped_gemm },
    { path: 'moe.permute_fusion', key: `${at}.moe_permute_fusion`, of: s => moe(s)?.permute_fusion },
    { path: 'moe.capacity_factor', key: `${at}.moe_expert_capacity_factor`, of: s => moe(s)?.capacity_factor },
  ];
};

/** Attention with sinks needs padded sequences and a kernel that knows them (verl.workers.engine.megatron, examples of GPT-OSS). */
const sinkKeys = ({ megatron }: Home): Rows => {
  const sinks = (s: Spec, value: ConfigValue): ConfigValue | undefined => (s.architecture?.sinks ? value : undefined);
  return [
    { path: '/model.architecture', key: `${megatron}.use_remove_padding`, of: s => sinks(s, false), yields: true },
    {
      path: '/model.architecture',
      key: `${megatron}.override_transformer_config.attention_backend`,
      of: s => sinks(s, 'auto'),
      yields: true,
    },
  ];
};

const onlyMegatron = (rows: Rows): Rows => rows.map(row => ({ ...row, only: 'megatron' as const }));

/** The engine that trains: FSDP or Megatron. Names: verl/trainer/config/engine, optim, actor (v0.9.0). */
export const engineKeys = (home: Home): Rows => [
  ...fsdpKeys(home),
  ...onlyMegatron([...layoutKeys(home), ...transformerKeys(home), ...sinkKeys(home)]),
];

const wandb = ({ stage }: Spec) => (typeof stage.logging?.wandb === 'object' ? stage.logging.wandb : undefined);

/** `console` is what martlet reads; wandb only where it was asked for, because its default asks on nodes without a net. */
const loggers = ({ stage }: Spec): string[] => [
  'console',
  ...(stage.logging?.tensorboard ? ['tensorboard'] : []),
  ...(stage.logging?.wandb ? ['wandb'] : []),
];

/** Passes over the rows that hold the steps asked for. The loop ends at whichever comes first. */
const epochs = (s: Spec): number => {
  const rows = s.context.rows?.training ?? [];
  const known = rows.reduce((sum, each) => sum + (each.samples ?? Number.NaN), 0);
  const batch = batchOf(s.stage);
  return Number.isNaN(known) || known < batch ? 1_000_000 : Math.ceil(s.context.steps / Math.floor(known / batch));
};

/** What one step takes: prompts, or conversations. */
export const batchOf = (stage: RlvrStage | SftStage): number =>
  stage.kind === 'rlvr' ? stage.batch.prompts : stage.batch.global_samples;

export const trainerKeys = ({ checkpoint }: Home): Rows => [
  { path: '', key: 'trainer.nnodes', of: s => s.context.shape.nodes },
  { path: 'resources.gpus', key: 'trainer.n_gpus_per_node', of: s => s.trainingGpusPerNode },
  {
    path: 'budget.steps',
    key: 'trainer.total_training_steps',
    of: s => s.context.steps,
    echo: 'Total training steps',
    take: 'each',
  },
  { path: '', key: 'trainer.total_epochs', of: epochs, yields: true },
  {
    path: 'checkpoint.every_steps',
    key: 'trainer.save_freq',
    of: s => s.stage.checkpoint?.every_steps,
    // Fine-tuning also takes after_each_epoch.
    yields: true,
  },
  // Without the optimizer a resumed run would begin with empty moments.
  { path: 'checkpoint', key: `${checkpoint}.save_contents`, of: () => ['model', 'optimizer', 'extra'], yields: true },
  {
    path: 'checkpoint.async',
    key: `${checkpoint}.async_save`,
    of: s => s.stage.checkpoint?.async,
    only: 'megatron',
  },
  { path: '', key: 'trainer.default_local_dir', of: s => ({ path: s.context.checkpoints }) },
  { path: '', key: 'trainer.resume_mode', of: () => 'auto', yields: true },
  { path: '', key: 'trainer.logger', of: loggers, yields: true },
  {
    path: 'logging.wandb.project',
    key: 'trainer.project_name',
    of: s => s.context.wandb?.project ?? wandb(s)?.project ?? 'martlet',
  },
  {
    path: 'logging.wandb',
    key: 'trainer.experiment_name',
    of: s => wandb(s)?.name ?? `${s.context.run.id}-${s.context.name}`,
  },
];
