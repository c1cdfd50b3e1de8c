import type { Key } from './key.ts';
import type { RlvrSpec } from './spec.ts';

const ROLLOUT = 'actor_rollout_ref.rollout';

const isSeparate = (s: RlvrSpec): boolean => s.stage.rollout.placement === 'separate';

const tokens = ({ stage }: RlvrSpec): number => stage.rollout.prompt_tokens + stage.rollout.response_tokens;

/** Sampling and validation. Names: verl/trainer/config/rollout/rollout.yaml and data/legacy_data.yaml (v0.9.0). */
export const ROLLOUT_KEYS: readonly Key<RlvrSpec>[] = [
  { path: 'rollout.engine', key: `${ROLLOUT}.name`, of: s => s.stage.rollout.engine },
  { path: 'rollout.tensor', key: `${ROLLOUT}.tensor_model_parallel_size`, of: s => s.stage.rollout.tensor },
  { path: 'rollout.prompt_tokens', key: 'data.max_prompt_length', of: s => s.stage.rollout.prompt_tokens },
  { path: 'rollout.response_tokens', key: 'data.max_response_length', of: s => s.stage.rollout.response_tokens },
  // Without it the engine reserves cache for all positions of the model.
  {
    path: 'sequence_length',
    key: `${ROLLOUT}.max_model_len`,
    of: s => s.stage.sequence_length ?? tokens(s),
    yields: true,
  },
  { path: 'rollout.temperature', key: `${ROLLOUT}.temperature`, of: s => s.stage.rollout.temperature },
  { path: 'rollout.top_p', key: `${ROLLOUT}.top_p`, of: s => s.stage.rollout.top_p },
  { path: 'rollout.top_k', key: `${ROLLOUT}.top_k`, of: s => s.stage.rollout.top_k },
  {
    path: 'rollout.gpu_memory_fraction',
    key: `${ROLLOUT}.gpu_memory_utilization`,
    of: s => s.stage.rollout.gpu_memory_fraction,
  },
  {
    path: 'precision',
    key: `${ROLLOUT}.dtype`,
    of: s => (s.stage.precision === 'fp16' ? 'float16' : s.stage.precision === 'bf16' ? 'bfloat16' : undefined),
  },
  { path: 'data.seed', key: `${ROLLOUT}.seed`, of: s => s.stage.data?.seed },
  // Sampling on its own GPUs.
  {
    path: 'rollout.placement',
    key: 'trainer.v1.trainer_mode',
    of: s => (isSeparate(s) ? 'separate_async' : 'sync'),
    yields: true,
  },
  { path: 'rollout.gpus', key: `${ROLLOUT}.nnodes`, of: s => (isSeparate(s) && s.stage.rollout.gpus ? 1 : undefined) },
  {
    path: 'rollout.gpus',
    key: `${ROLLOUT}.n_gpus_per_node`,
    of: s => (isSeparate(s) ? s.stage.rollout.gpus : undefined),
  },
  {
    path: 'rollout.placement',
    key: `${ROLLOUT}.checkpoint_engine.backend`,
    of: s => (isSeparate(s) ? 'nccl' : undefined),
    yields: true,
  },
  {
    path: 'batch.mini_prompts',
    key: 'trainer.v1.separate_async.parameter_sync_step',
    of: s =>
      isSeparate(s) ? Math.max(1, Math.floor(s.stage.batch.prompts / (s.stage.batch.mini_prompts ?? 1))) : undefined,
    yields: true,
  },
  // Validation.
  { path: 'validation.samples', key: `${ROLLOUT}.val_kwargs.n`, of: s => s.stage.validation?.samples },
  {
    path: 'validation.temperature',
    key: `${ROLLOUT}.val_kwargs.temperature`,
    of: s => s.stage.validation?.temperature,
  },
  {
    path: 'validation.temperature',
    key: `${ROLLOUT}.val_kwargs.do_sample`,
    of: s => (s.stage.validation?.temperature === undefined ? undefined : s.stage.validation.temperature > 0),
    yields: true,
  },
  { path: 'validation.top_p', key: `${ROLLOUT}.val_kwargs.top_p`, of: s => s.stage.validation?.top_p },
];

const files = (rows: readonly { readonly path: string }[] | undefined) => (rows ?? []).map(({ path }) => ({ path }));

/** Only the first rows of one file: of several veRL takes them from all together. */
const firstRows = (s: RlvrSpec): number | undefined => {
  const training = s.context.rows?.training ?? [];
  return training.length === 1 ? training[0]?.samples : undefined;
};

export const DATA_KEYS: readonly Key<RlvrSpec>[] = [
  { path: 'mixture', key: 'data.train_files', of: s => files(s.context.rows?.training) },
  { path: 'mixture', key: 'data.train_max_samples', of: firstRows },
  // The release loads a validation set always; its default is a demonstration in somebody's home.
  {
    path: 'validation.datasets',
    key: 'data.val_files',
    of: s => files(s.context.rows?.validation.length ? s.context.rows.validation : s.context.rows?.training),
  },
  {
    path: 'validation.datasets',
    key: 'data.val_max_samples',
    of: s => (s.context.rows?.validation.length ? undefined : 1),
    yields: true,
  },
  { path: 'batch.prompts', key: 'data.train_batch_size', of: s => s.stage.batch.prompts },
  // Else the agent loop cuts long prompts from the left with only a warning.
  { path: 'data.drop_long_prompts', key: 'data.filter_overlong_prompts', of: s => s.stage.data?.drop_long_prompts },
  { path: 'data.workers', key: 'data.dataloader_num_workers', of: s => s.stage.data?.workers },
  // null, the default, orders the rows anew after every resume.
  { path: 'data.seed', key: 'data.seed', of: s => s.stage.data?.seed ?? 42 },
];
