import type { Word } from '../../shell/word.ts';
import { env } from '../../shell/word.ts';
import { dataArgsPath, dataPath } from './blend.ts';
import { MEMORY_FLAGS } from './flags-memory.ts';
import { MODEL_FLAGS } from './flags-model.ts';
import { MOE_FLAGS } from './flags-moe.ts';
import { RESUME_FLAGS } from './flags-resume.ts';
import { TOKENIZER_FLAGS } from './flags-tokenizer.ts';
import { optionOf } from './releases/index.ts';
import type { Release } from './releases/release.ts';
import { type MegatronSpec, parallelOf } from './spec.ts';

/**
 * true: a bare flag; undefined and false: no flag; a list: separate words after the flag; a word: text with variables; when: a
 * bare flag, only where that variable of the job is set.
 */
export type FlagValue =
  | boolean
  | number
  | string
  | readonly string[]
  | { readonly word: Word }
  | { readonly when: string }
  | undefined;

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
  /** What we give is only what fits nearly everywhere: `extra:` may say otherwise, and is then the only one to say it. */
  readonly yields?: true;
  /** Only for releases with this spelling, or for those without it (`spellings` and `resume` of releases/RELEASE.json). */
  readonly only?: string;
  readonly unless?: string;
  /** What a release does that has not got the flag; another value cannot be had there. */
  readonly without?: FlagValue;
  /** Left out where a release has not got it: there is nothing for it to change. */
  readonly optional?: true;
  /** Chooses a kernel: `extra:` may ask for it too, where the model does not need it. */
  readonly isKernel?: true;
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

const wandb = (s: MegatronSpec) => (typeof s.stage.logging?.wandb === 'object' ? s.stage.logging.wandb : undefined);
const wandbName = (s: MegatronSpec) => wandb(s) && (wandb(s)?.name ?? `${s.context.run.id}-${s.context.name}`);

/** Older releases reset the mask and the positions at every document instead of giving the kernel its bounds. */
const hasDenseMasks = (s: MegatronSpec): boolean =>
  s.release.spellings.includes('dense-masks') && s.stage.data?.intra_document_masking === true;

/** Old releases train legacy models unless they are asked for Megatron Core's. */
const isLegacy = (s: MegatronSpec): boolean =>
  s.release.spellings.includes('legacy-models') && s.stage.extra?.['--use-mcore-models'] !== true;

/** What is shared by the distributed optimizer is sent while others compute; legacy models refuse that (validate_args). */
const isOverlapped = (s: MegatronSpec): boolean => parallelOf(s)?.sharding === 'distributed-optimizer' && !isLegacy(s);

const layersPerVirtualStage = (s: MegatronSpec): number | undefined => {
  const { pipeline = 1, virtual_pipeline: virtual } = parallelOf(s) ?? {};
  return virtual && s.architecture.layers / (pipeline * virtual);
};

/** Names: megatron/training/arguments.py and megatron/training/config (core_v0.19.0). Echoes: training_log in training.py. */
export const FLAGS: readonly Flag[] = [
  ...MODEL_FLAGS,
  // Where Transformer Engine is not to be had, Megatron-LM's own layers are (extra: --transformer-impl: local).
  { path: '', flag: '--transformer-impl', of: () => 'transformer_engine', yields: true },
  ...TOKENIZER_FLAGS,
  // Parallel layout.
  { path: 'parallel.tensor', flag: '--tensor-model-parallel-size', of: s => parallelOf(s)?.tensor },
  { path: 'parallel.pipeline', flag: '--pipeline-model-parallel-size', of: s => parallelOf(s)?.pipeline },
  { path: 'parallel.context', flag: '--context-parallel-size', of: s => parallelOf(s)?.context },
  {
    path: 'parallel.virtual_pipeline',
    flag: '--num-virtual-stages-per-pipeline-rank',
    unless: 'layers-per-virtual-stage',
    of: s => parallelOf(s)?.virtual_pipeline,
  },
  {
    path: 'parallel.virtual_pipeline',
    flag: '--num-layers-per-virtual-pipeline-stage',
    only: 'layers-per-virtual-stage',
    of: layersPerVirtualStage,
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
    of: isOverlapped,
  },
  {
    path: 'parallel.sharding',
    flag: '--overlap-param-gather',
    of: isOverlapped,
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
  // The fork's auxiliary loss on the sum of the logits (z-loss of PaLM); its weight cannot be set.
  { path: 'z_loss', flag: '--use-z-loss', of: s => s.stage.z_loss === true },
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
  // Forks take the ranks from Open MPI's variables; elsewhere they come from RANK and the like, which node.sh exports.
  { path: '', flag: '--use-mpi', of: s => s.context.isRankPerGpu, echo: null },
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
    unless: 'dense-masks',
    of: s => s.stage.data?.intra_document_masking,
  },
  { path: 'data.intra_document_masking', flag: '--reset-position-ids', only: 'dense-masks', of: hasDenseMasks },
  { path: 'data.intra_document_masking', flag: '--reset-attention-mask', only: 'dense-masks', of: hasDenseMasks },
  // A dense mask is made by the data loader, or not at all.
  {
    path: '',
    flag: '--no-create-attention-mask-in-dataloader',
    of: s => !hasDenseMasks(s) && !isLegacy(s),
    echo: null,
  },
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
  ...RESUME_FLAGS,
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
  { path: 'logging.wandb', flag: '--wandb-exp-name', unless: 'wandb-name', of: wandbName, echo: null },
  { path: 'logging.wandb', flag: '--wandb-name', only: 'wandb-name', of: wandbName, echo: null },
  {
    path: 'logging.wandb',
    flag: '--wandb-entity',
    of: s => wandb(s) && (s.context.wandb?.entity ?? wandb(s)?.entity),
    echo: null,
  },
];

/** Whether a row is one of a release's spellings. */
export const isSpelled = ({ only, unless }: Flag, { spellings, checkpoint }: Release): boolean => {
  const has = (spelling: string): boolean => spellings.includes(spelling) || checkpoint.resume === spelling;
  return (only === undefined || has(only)) && (unless === undefined || !has(unless));
};

/** The rows of a release: its own spellings, and nothing that is always given but not known there. */
export const rowsOf = (release: Release): readonly Flag[] =>
  FLAGS.filter(row => isSpelled(row, release) && (row.path !== '' || optionOf(row.flag, release) !== undefined));

/** A value that a release has no flag for and does not take by itself. */
export const isLacking = (row: Flag, spec: MegatronSpec): boolean => {
  if (row.optional || optionOf(row.flag, spec.release)) return false;
  const asked = row.of(spec);
  return asked !== undefined && asked !== false && asked !== row.without;
};
