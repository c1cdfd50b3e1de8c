import type { Word } from '../../shell/word.ts';
import { env } from '../../shell/word.ts';
import { dataArgsPath, dataPath } from './blend.ts';
import { MEMORY_FLAGS } from './flags-memory.ts';
import { MODEL_FLAGS } from './flags-model.ts';
import { MOE_FLAGS } from './flags-moe.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

/** true: a bare flag; undefined and false: no flag; a list: separate words after the flag; a word: text with variables. */
export type FlagValue = boolean | number | string | readonly string[] | { readonly word: Word } | undefined;

/**
 * One row: where a value is written, what it is called on the command line, and how the program says it back.
 * One row makes the flag, the `explain` line and the check in the report.
 */
export interface Flag {
  /** Recipe path: below the stage, or from the root with a leading `/`. Empty: nobody writes it, we always give it. */
  readonly path: string;
  readonly flag: string;
  readonly of: (spec: MegatronSpec) => FlagValue;
  /** The log's word for it; default: the line of the argument dump. null: it is not said back. */
  readonly echo?: string | null;
  readonly take?: 'max' | 'last' | 'each';
  readonly rel?: number;
  /** First step from which the log can show it. */
  readonly fromStep?: (spec: MegatronSpec) => number | undefined;
  /** The value before a rehearsal scaled it. */
  readonly unscaled?: (spec: MegatronSpec) => number | undefined;
}

const OPTIMIZERS: Readonly<Record<string, string>> = {
  adamw: 'adam',
  adam: 'adam',
  sgd: 'sgd',
  muon: 'muon',
  lion: 'lion',
};
const DECAYS: Readonly<Record<string, string>> = { wsd: 'WSD', 'inverse-sqrt': 'inverse-square-root' };

/** Names: megatron/training/arguments.py and megatron/training/config (core_v0.19.0). Echoes: training_log in training.py. */
export const FLAGS: readonly Flag[] = [
  ...MODEL_FLAGS,
  { path: '', flag: '--transformer-impl', of: () => 'transformer_engine' },
  { path: '', flag: '--tokenizer-type', of: () => 'HuggingFaceTokenizer' },
  { path: '/model.tokenizer.from', flag: '--tokenizer-model', of: s => s.context.tokenizer, echo: null },
  { path: '/model.tokenizer.padded_vocab_size', flag: '--padded-vocab-size', of: s => s.paddedVocabulary },
  // Parallel layout.
  { path: 'parallel.tensor', flag: '--tensor-model-parallel-size', of: s => parallelOf(s)?.tensor },
  { path: 'parallel.pipeline', flag: '--pipeline-model-parallel-size', of: s => parallelOf(s)?.pipeline },
  { path: 'parallel.context', flag: '--context-parallel-size', of: s => parallelOf(s)?.context },
  {
    path: 'parallel.virtual_pipeline',
    flag: '--num-virtual-stages-per-pipeline-rank',
    of: s => parallelOf(s)?.virtual_pipeline,
  },
  { path: 'parallel.sequence', flag: '--sequence-parallel', of: s => parallelOf(s)?.sequence },
  {
    path: 'parallel.sharding',
    flag: '--use-distributed-optimizer',
    of: s => parallelOf(s)?.sharding === 'distributed-optimizer',
  },
  {
    path: 'parallel.sharding',
    flag: '--overlap-grad-reduce',
    of: s => parallelOf(s)?.sharding === 'distributed-optimizer',
  },
  {
    path: 'parallel.sharding',
    flag: '--overlap-param-gather',
    of: s => parallelOf(s)?.sharding === 'distributed-optimizer',
  },
  ...MOE_FLAGS,
  // Batch and length.
  { path: 'sequence_length', flag: '--seq-length', of: s => s.stage.sequence_length },
  { path: 'batch.micro_sequences', flag: '--micro-batch-size', of: s => s.microBatch },
  {
    path: 'batch.global_sequences',
    flag: '--global-batch-size',
    of: s => s.globalBatch,
    echo: 'global batch size',
    take: 'each',
  },
  {
    path: 'budget.steps',
    flag: '--train-iters',
    of: s => s.context.steps,
    echo: 'iterations',
    take: 'each',
    unscaled: s => s.context.unscaledSteps,
  },
  // Optimizer and schedule. The log prints the learning rate with 7 digits.
  {
    path: 'optimizer.name',
    flag: '--optimizer',
    of: s => OPTIMIZERS[s.stage.optimizer.name] ?? s.stage.optimizer.name,
  },
  {
    path: 'optimizer.lr',
    flag: '--lr',
    of: s => s.stage.optimizer.lr,
    echo: 'learning rate',
    take: 'max',
    rel: 5e-7,
    fromStep: s => s.warmupSteps,
  },
  { path: 'optimizer.min_lr', flag: '--min-lr', of: s => s.stage.optimizer.min_lr },
  { path: 'optimizer.betas', flag: '--adam-beta1', of: s => s.stage.optimizer.betas?.[0] },
  { path: 'optimizer.betas', flag: '--adam-beta2', of: s => s.stage.optimizer.betas?.[1] },
  { path: 'optimizer.momentum', flag: '--sgd-momentum', of: s => s.stage.optimizer.momentum },
  { path: 'optimizer.eps', flag: '--adam-eps', of: s => s.stage.optimizer.eps },
  { path: 'optimizer.weight_decay', flag: '--weight-decay', of: s => s.stage.optimizer.weight_decay },
  { path: 'optimizer.clip_grad', flag: '--clip-grad', of: s => s.stage.optimizer.clip_grad },
  {
    path: 'schedule.decay',
    flag: '--lr-decay-style',
    of: s => s.stage.schedule && (DECAYS[s.stage.schedule.decay] ?? s.stage.schedule.decay),
  },
  {
    path: 'schedule.warmup_steps',
    flag: '--lr-warmup-iters',
    of: s => s.warmupSteps,
    unscaled: s => s.stage.schedule?.warmup_steps,
  },
  { path: 'schedule.warmup_from', flag: '--lr-warmup-init', of: s => s.stage.schedule?.warmup_from },
  {
    path: 'schedule.decay_steps',
    flag: '--lr-decay-iters',
    of: s => s.decaySteps,
    unscaled: s => s.stage.schedule?.decay_steps,
  },
  {
    path: 'schedule.cooldown_steps',
    flag: '--lr-wsd-decay-iters',
    of: s => s.cooldownSteps,
    unscaled: s => s.stage.schedule?.cooldown_steps,
  },
  {
    path: 'schedule.cooldown',
    flag: '--lr-wsd-decay-style',
    of: s => s.stage.schedule?.cooldown?.replace('-', '_'),
  },
  ...MEMORY_FLAGS,
  // Data. Weights are ratios; prefixes lie where the cluster says.
  {
    path: 'mixture',
    flag: '--data-path',
    of: s => dataPath(s.context),
    echo: null,
  },
  { path: 'mixture', flag: '--data-args-path', of: s => dataArgsPath(s.context), echo: null },
  { path: 'data.split', flag: '--split', of: s => s.stage.data?.split?.join(','), echo: null },
  { path: '', flag: '--data-cache-path', of: s => s.context.cacheDir, echo: null },
  // cu_seqlens instead of a dense mask: new in 0.19, and the only form that does not slow attention down.
  {
    path: 'data.intra_document_masking',
    flag: '--dataloader-inter-document-masking',
    of: s => s.stage.data?.intra_document_masking,
  },
  { path: '', flag: '--no-create-attention-mask-in-dataloader', of: () => true, echo: null },
  { path: 'data.workers', flag: '--num-workers', of: s => s.stage.data?.workers },
  { path: 'data.seed', flag: '--seed', of: s => s.stage.data?.seed },
  // Without --eval-interval Megatron-LM fails while building data sets; eval-iters 0 turns evaluation off.
  {
    path: 'validation.every_steps',
    flag: '--eval-interval',
    of: s => s.evaluateEvery,
    unscaled: s => s.stage.validation?.every_steps,
  },
  { path: 'validation.batches', flag: '--eval-iters', of: s => s.stage.validation?.batches ?? 0 },
  // Checkpoints: one command line for the first start and for every resume.
  { path: '', flag: '--save', of: s => s.context.checkpoints, echo: null },
  { path: '', flag: '--load', of: s => s.context.checkpoints, echo: null },
  { path: 'from', flag: '--pretrained-checkpoint', of: s => s.context.pretrained, echo: null },
  {
    path: 'checkpoint.every_steps',
    flag: '--save-interval',
    of: s => s.saveEvery ?? s.context.steps,
    unscaled: s => s.stage.checkpoint?.every_steps,
  },
  { path: 'checkpoint.format', flag: '--ckpt-format', of: s => s.stage.checkpoint?.format ?? 'torch_dist' },
  { path: 'checkpoint.async', flag: '--async-save', of: s => s.stage.checkpoint?.async },
  // Without the persistent worker 0.19 saves synchronously and says so only in a warning.
  { path: 'checkpoint.async', flag: '--use-persistent-ckpt-worker', of: s => s.stage.checkpoint?.async },
  // Stopping: minutes left are known when the job launches, so an in-job restart does not overrun.
  { path: '', flag: '--exit-duration-in-mins', of: () => ({ word: [env('MARTLET_MINUTES_LEFT')] }), echo: null },
  { path: '', flag: '--exit-signal-handler', of: () => true, echo: null },
  // Logging.
  { path: 'logging.every_steps', flag: '--log-interval', of: s => s.stage.logging?.every_steps ?? 1 },
  { path: '', flag: '--log-throughput', of: () => true, echo: null },
  { path: '', flag: '--log-progress', of: () => true, echo: null },
  {
    path: 'logging.tensorboard',
    flag: '--tensorboard-dir',
    of: s => (s.stage.logging?.tensorboard ? `${s.context.run.dir}/tensorboard/${s.context.name}` : undefined),
    echo: null,
  },
  {
    path: 'logging.wandb.project',
    flag: '--wandb-project',
    of: s => wandb(s) && (s.context.wandb?.project ?? wandb(s)?.project),
    echo: null,
  },
  {
    path: 'logging.wandb',
    flag: '--wandb-exp-name',
    of: s => wandb(s) && (wandb(s)?.name ?? `${s.context.run.id}-${s.context.name}`),
    echo: null,
  },
  {
    path: 'logging.wandb',
    flag: '--wandb-entity',
    of: s => wandb(s) && (s.context.wandb?.entity ?? wandb(s)?.entity),
    echo: null,
  },
];

const wandb = (s: MegatronSpec) => (typeof s.stage.logging?.wandb === 'object' ? s.stage.logging.wandb : undefined);
