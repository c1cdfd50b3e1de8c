import { parseArguments } from './argparse.ts';
import { argumentsOf } from './command.ts';
import { KNOWN_LISTS } from './known-lists.ts';
import type { Placement } from './place.ts';
import { sample } from './recorded.ts';
import type { MegatronSpec } from './spec.ts';

/** One option that the script and martlet's command line for its recipe do not agree about. */
export interface Difference {
  readonly flag: string;
  readonly script: unknown;
  readonly martlet: unknown;
  /** Why martlet does it so; undefined: the recipe says something else than the script did. */
  readonly because?: string | undefined;
}

/** Options martlet decides by itself, by attribute name, with the reason. */
const BY_DESIGN: Readonly<Record<string, string>> = {
  save: 'checkpoints lie in the folder of the run',
  load: 'one command line for the first start and every resume',
  pretrained_checkpoint: 'the base of the first start, which the script gave to --load',
  no_load_rng: 'from: starts fresh',
  no_load_optim: 'from: starts fresh',
  finetune: 'from: starts fresh',
  exit_on_missing_checkpoint: 'the job looks for the base itself',
  use_checkpoint_args: 'sizes come from model.architecture',
  perform_initialization: 'nothing is lost by it: the base is loaded over it',
  exit_duration_in_mins: 'the job ends clean before its walltime',
  exit_signal_handler: 'the job ends clean when it is told to',
  exit_interval: 'the job ends by time and by its own stop',
  log_progress: 'the report reads it',
  log_throughput: 'the report reads it',
  data_cache_path: 'the cache lies in the folder of the run',
  create_attention_mask_in_dataloader: 'a mask of every batch only costs time',
  tensorboard_dir: 'it lies in the folder of the run',
  wandb_exp_name: 'the name of the run',
  save_retain_interval: 'the job keeps those itself',
  use_persistent_ckpt_worker: 'without it the release saves synchronously',
  padded_vocab_size: 'said outright',
  vocab_size: 'the padded size is said outright',
  make_vocab_size_divisible_by: 'the padded size is said outright',
  tokenizer_model: 'the folder of the file is named',
  tokenizer_type: "the tokenizer of Hugging Face's own folder",
  max_position_embeddings: "rotary positions have no table; the model's own length",
  add_position_embedding: 'rotary positions have no table',
  use_rotary_position_embeddings: '--position-embedding-type says it',
  reset_position_ids: '--dataloader-inter-document-masking in their place',
  reset_attention_mask: '--dataloader-inter-document-masking in their place',
  dataloader_inter_document_masking: 'for --reset-position-ids and --reset-attention-mask',
  num_layers_per_virtual_pipeline_stage: '--num-virtual-stages-per-pipeline-rank in its place',
  num_virtual_stages_per_pipeline_rank: 'for --num-layers-per-virtual-pipeline-stage',
  recompute_activations: '--recompute-granularity in its place',
  recompute_granularity: 'for --recompute-activations',
  overlap_grad_reduce: 'it comes with the distributed optimizer, and only time is won by it',
  overlap_param_gather: 'it comes with the distributed optimizer, and only time is won by it',
  save_interval: 'a checkpoint at the end, which the release writes anyway',
  eval_interval: 'without it the release fails while it builds its data sets',
  eval_iters: 'no evaluation was asked for',
  moe_ffn_hidden_size: 'said outright',
  kv_channels: 'said outright',
  rotary_base: "for the fork's --rope-theta",
  use_rope_scaling: "for the fork's own words for it",
  transformer_impl: 'the only one this version of martlet plans for',
  num_query_groups: 'said outright',
  deprecated_use_mcore_models: 'does nothing',
  train_samples: '--train-iters in its place',
  train_iters: 'steps decide',
  lr_decay_samples: '--lr-decay-iters in its place',
  lr_warmup_samples: '--lr-warmup-iters in its place',
  lr_warmup_fraction: '--lr-warmup-iters in its place',
};

const isUnsaid = (value: unknown): boolean => value === null || value === undefined;

/** Where the other spelling of the same wish makes a difference honest only together with it. */
const NEEDS: Readonly<Record<string, (placement: Placement) => boolean>> = {
  dataloader_inter_document_masking: ({ values }) => values.reset_position_ids === true,
  train_iters: ({ values }) => isUnsaid(values.train_iters),
  wandb_exp_name: ({ values }) => !values.wandb_exp_name,
  rotary_base: ({ given }) => given.some(each => each.name === '--rope-theta'),
  use_rope_scaling: ({ model }) => model?.architecture.ropeScaling === true,
  overlap_grad_reduce: ({ values }) => values.use_distributed_optimizer === true,
  overlap_param_gather: ({ values }) => values.use_distributed_optimizer === true,
  save_interval: ({ values }) => isUnsaid(values.save_interval),
  eval_interval: ({ values }) => isUnsaid(values.eval_interval) || values.eval_iters === 0,
  eval_iters: ({ values }) => isUnsaid(values.eval_interval),
  recompute_granularity: ({ values }) => values.recompute_activations === true,
  num_query_groups: ({ values }) => !values.group_query_attention,
  tokenizer_model: ({ values }) => /\/[^/]+\.(json|model)$|\/$/.test(values.tokenizer_model ?? ''),
  moe_ffn_hidden_size: ({ values }) => isUnsaid(values.moe_ffn_hidden_size),
  kv_channels: ({ values }) => isUnsaid(values.kv_channels),
};

/** `1e9` and `1000000000` are one weight. */
const plain = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(each => (each !== '' && Number.isFinite(Number(each)) ? Number(each) : each))
    : value;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a) ?? null) === JSON.stringify(plain(b) ?? null);

/** The same options read from both command lines; one a difference, in the order of the release's list. */
export const compareArguments = (placement: Placement, spec: MegatronSpec): Difference[] => {
  const options = KNOWN_LISTS.find(each => each.release === placement.release)?.options ?? [];
  const words = sample(argumentsOf(spec));
  const ours = parseArguments(options, words);
  const seen = new Set<string>();
  return options.flatMap(option => {
    const { dest } = option;
    if (option.action === 'help' || seen.has(dest)) return [];
    seen.add(dest);
    const [script, martlet] = [placement.values[dest], ours.values[dest]];
    if (same(script, martlet)) return [];
    const isDesigned = BY_DESIGN[dest] !== undefined && (NEEDS[dest]?.(placement) ?? true);
    return [{ flag: option.flags[0] ?? dest, script, martlet, because: isDesigned ? BY_DESIGN[dest] : undefined }];
  });
};
