import type { Values } from './argparse.ts';
import { FLAGS } from './flags.ts';

/** Where a flag's value goes in a stage, and as what; undefined: this value has no word there. */
interface PlaceRule {
  readonly path: string;
  readonly value: (values: Values) => unknown;
}

const OPTIMIZERS: Readonly<Record<string, string>> = { adam: 'adamw', sgd: 'sgd', muon: 'muon', lion: 'lion' };
const DECAYS: Readonly<Record<string, string>> = {
  cosine: 'cosine',
  linear: 'linear',
  constant: 'constant',
  WSD: 'wsd',
  'inverse-square-root': 'inverse-sqrt',
};

const one = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

const splitOf = (text: string): number[] | undefined => {
  const parts = text.split(',').map(Number);
  if (parts.length > 3 || parts.some(part => !Number.isFinite(part))) return undefined;
  return [...parts, 0, 0].slice(0, 3);
};

const recomputeOf = (v: Values): string | undefined => {
  if (v.recompute_activations || v.recompute_granularity === 'selective') return 'selective';
  const isWhole =
    v.recompute_granularity === 'full' && v.recompute_method === 'uniform' && v.recompute_num_layers === 1;
  return isWhole ? 'full' : undefined;
};

const sharding = {
  path: 'parallel.sharding',
  value: (v: Values) => (v.use_distributed_optimizer ? 'distributed-optimizer' : undefined),
};
const recompute = { path: 'recompute', value: recomputeOf };
const masking = {
  path: 'data.intra_document_masking',
  value: (v: Values) =>
    v.dataloader_inter_document_masking || (v.reset_position_ids && v.reset_attention_mask) || undefined,
};
const betas = { path: 'optimizer.betas', value: (v: Values) => [v.adam_beta1, v.adam_beta2] };
const asynchronous = { path: 'checkpoint.async', value: (v: Values) => v.async_save || undefined };
const offload = { path: 'offload', value: (v: Values) => (v.optimizer_cpu_offload ? ['optimizer'] : undefined) };

/** Flags whose value is said in other words in a recipe, or by another flag than the table writes. */
const SPECIAL: Readonly<Record<string, PlaceRule>> = {
  '--optimizer': { path: 'optimizer.name', value: v => OPTIMIZERS[v.optimizer] },
  '--adam-beta1': betas,
  '--adam-beta2': betas,
  '--lr-decay-style': { path: 'schedule.decay', value: v => DECAYS[v.lr_decay_style] },
  '--lr-wsd-decay-style': {
    path: 'schedule.cooldown',
    value: v => String(v.lr_wsd_decay_style).toLowerCase().replaceAll('_', '-'),
  },
  '--use-distributed-optimizer': sharding,
  '--overlap-grad-reduce': sharding,
  '--overlap-param-gather': sharding,
  '--recompute-granularity': recompute,
  '--recompute-method': recompute,
  '--recompute-num-layers': recompute,
  '--recompute-activations': recompute,
  '--optimizer-cpu-offload': offload,
  '--use-precision-aware-optimizer': offload,
  '--bf16': { path: 'precision', value: () => 'bf16' },
  '--fp16': { path: 'precision', value: () => 'fp16' },
  '--split': { path: 'data.split', value: v => splitOf(v.split) },
  '--reset-position-ids': masking,
  '--reset-attention-mask': masking,
  '--dataloader-inter-document-masking': masking,
  '--async-save': asynchronous,
  '--use-persistent-ckpt-worker': asynchronous,
  '--tensorboard-dir': { path: 'logging.tensorboard', value: () => true },
  '--wandb-project': { path: 'logging.wandb.project', value: v => v.wandb_project || undefined },
  '--wandb-exp-name': { path: 'logging.wandb.name', value: v => v.wandb_exp_name || undefined },
  // A fork's spelling of --wandb-exp-name.
  '--wandb-name': { path: 'logging.wandb.name', value: v => v.wandb_name || v.wandb_exp_name || undefined },
  '--save-retain-interval': { path: 'checkpoint.retain_every_steps', value: v => v.save_retain_interval },
  '--num-layers-per-virtual-pipeline-stage': {
    path: 'parallel.virtual_pipeline',
    value: v => {
      const stages = v.num_layers / v.pipeline_model_parallel_size / v.num_layers_per_virtual_pipeline_stage;
      return Number.isInteger(stages) ? stages : undefined;
    },
  },
  '--train-samples': {
    path: 'budget.steps',
    value: v => (v.train_samples % v.global_batch_size === 0 ? v.train_samples / v.global_batch_size : undefined),
  },
  '--lr-decay-samples': {
    path: 'schedule.decay_steps',
    value: v => (v.lr_decay_samples % v.global_batch_size === 0 ? v.lr_decay_samples / v.global_batch_size : undefined),
  },
  '--lr-warmup-samples': {
    path: 'schedule.warmup_steps',
    value: v =>
      v.lr_warmup_samples % v.global_batch_size === 0 ? v.lr_warmup_samples / v.global_batch_size : undefined,
  },
  // The warm-up is a part of the decay (training.py).
  '--lr-warmup-fraction': {
    path: 'schedule.warmup_steps',
    value: v => {
      const steps = v.lr_warmup_fraction * (v.lr_decay_iters ?? v.train_iters);
      return Math.abs(steps - Math.round(steps)) < 1e-6 ? Math.round(steps) : undefined;
    },
  },
  // 0 batches is no evaluation, which a recipe says by leaving validation out.
  '--eval-iters': { path: 'validation.batches', value: v => (v.eval_iters > 0 ? v.eval_iters : undefined) },
  '--eval-interval': {
    path: 'validation.every_steps',
    value: v => (v.eval_iters > 0 ? (v.eval_interval ?? undefined) : undefined),
  },
  '--moe-router-load-balancing-type': { path: 'moe.balancing', value: v => one(v.moe_router_load_balancing_type) },
  '--moe-aux-loss-coeff': { path: 'moe.aux_loss', value: v => one(v.moe_aux_loss_coeff) },
  '--moe-router-dtype': { path: 'moe.router_precision', value: v => v.moe_router_dtype },
  '--ckpt-format': {
    path: 'checkpoint.format',
    value: v => (['torch_dist', 'torch', 'fsdp_dtensor'].includes(v.ckpt_format) ? v.ckpt_format : undefined),
  },
};

/** Flags about the model, the tokenizer, the data and the base: read together, not one by one. */
export const TOGETHER: ReadonlySet<string> = new Set([
  ...FLAGS.filter(row => row.path.startsWith('/')).map(row => row.flag),
  ...['--data-path', '--load', '--save', '--pretrained-checkpoint', '--tokenizer-type', '--tokenizer-model'],
  ...['--normalization', '--swiglu', '--disable-bias-linear', '--position-embedding-type', '--vocab-size'],
  ...['--use-rotary-position-embeddings', '--make-vocab-size-divisible-by'],
]);

/** Where one flag of a command line goes in a stage; undefined: the table has no word for it. */
export const ruleOf = (flag: string, dest: string): PlaceRule | undefined => {
  const special = SPECIAL[flag];
  if (special) return special;
  const row = FLAGS.find(each => each.flag === flag);
  if (!row || row.path === '' || row.path.startsWith('/') || TOGETHER.has(flag)) return undefined;
  return { path: row.path, value: values => values[dest] };
};

/** What martlet gives by itself, and flags of a first start that `from:` stands for. */
export const NOT_NEEDED: Readonly<Record<string, string>> = {
  '--no-load-rng': 'from: starts with fresh random numbers, and a resume goes on with its own',
  '--no-load-optim': 'from: starts with a fresh optimizer, and a resume goes on with its own',
  '--no-save-rng': 'a resume needs them',
  '--finetune': 'from: takes the weights only and starts at step 0',
  '--exit-on-missing-checkpoint': 'the job looks for the base itself before it starts',
  '--use-checkpoint-args': 'sizes come from model.architecture',
  '--no-use-tokenizer-model-from-checkpoint-args': 'sizes come from model.architecture',
  '--no-initialization': 'the first start loads its weights',
  '--no-position-embedding': 'rotary positions have no table',
  '--distributed-backend': 'nccl is the default',
  '--exit-duration-in-mins': 'martlet works it out from the time that is left',
  '--exit-interval': 'martlet stops by time and by its own stop',
};
