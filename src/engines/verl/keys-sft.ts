import type { Key } from './key.ts';
import { engineKeys, type Home, optimizerKeys, trainerKeys } from './keys-train.ts';
import type { SftSpec } from './spec.ts';

const HOME: Home = { optim: 'optim', fsdp: 'engine', megatron: 'engine', model: 'model', checkpoint: 'checkpoint' };

const files = (rows: readonly { readonly path: string }[] | undefined) => (rows ?? []).map(({ path }) => ({ path }));

const firstRows = (s: SftSpec): number | undefined => {
  const training = s.context.rows?.training ?? [];
  return training.length === 1 ? training[0]?.samples : undefined;
};

/** Templates that leave out the thinking of earlier turns, so that turns one by one are not the whole (verl.md 8). */
const rewritesTurns = (s: SftSpec): boolean => /^(qwen3|gpt-oss)/.test(s.stage.data?.chat_template ?? '');

const isDynamic = (s: SftSpec): boolean => s.stage.batch.micro_tokens !== undefined;

const DATA_KEYS: readonly Key<SftSpec>[] = [
  { path: 'mixture', key: 'data.train_files', of: s => files(s.context.rows?.training) },
  { path: 'mixture', key: 'data.train_max_samples', of: firstRows },
  {
    path: 'validation.datasets',
    key: 'data.val_files',
    of: s => (s.context.rows?.validation.length ? files(s.context.rows.validation) : undefined),
  },
  { path: 'batch.global_samples', key: 'data.train_batch_size', of: s => s.stage.batch.global_samples },
  { path: 'batch.micro_tokens', key: 'data.use_dynamic_bsz', of: isDynamic },
  { path: 'batch.micro_tokens', key: 'data.max_token_len_per_gpu', of: s => s.stage.batch.micro_tokens },
  { path: 'batch.micro_sequences', key: 'data.micro_batch_size_per_gpu', of: s => s.stage.batch.micro_sequences ?? 1 },
  { path: 'sequence_length', key: 'data.max_length', of: s => s.stage.sequence_length },
  // The default aborts on the first row that is longer.
  { path: 'sequence_length', key: 'data.truncation', of: () => 'right', yields: true },
  { path: 'data.packing', key: 'data.pad_mode', of: s => (s.stage.data?.packing === false ? 'right' : 'no_padding') },
  {
    path: 'data.chat_template',
    key: 'data.ignore_input_ids_mismatch',
    of: s => (rewritesTurns(s) ? true : undefined),
    yields: true,
  },
  { path: 'data.workers', key: 'data.num_workers', of: s => s.stage.data?.workers },
  { path: 'data.seed', key: 'trainer.seed', of: s => s.stage.data?.seed },
];

const ENGINE_KEYS: readonly Key<SftSpec>[] = [
  {
    path: 'from',
    key: 'model.path',
    of: s => (s.context.pretrained === undefined ? undefined : { path: s.context.pretrained }),
  },
  { path: 'backend', key: 'engine.strategy', of: s => (s.stage.backend === 'fsdp' ? 'fsdp' : 'fsdp2'), only: 'fsdp' },
  {
    path: 'parallel.context',
    key: 'engine.ulysses_sequence_parallel_size',
    of: s => s.split.context,
    only: 'fsdp',
  },
  { path: 'validation.every_steps', key: 'trainer.test_freq', of: s => s.stage.validation?.every_steps, yields: true },
];

const withEcho = (rows: readonly Key<SftSpec>[]): readonly Key<SftSpec>[] =>
  rows.map(row =>
    row.path === 'optimizer.lr'
      ? { ...row, echo: 'train/lr', take: 'max' as const, rel: 1e-9, fromStep: s => s.warmupSteps }
      : row,
  );

/** The SFT trainer says its number of steps only in the dump of its configuration. */
const withoutTotal = (rows: readonly Key<SftSpec>[]): readonly Key<SftSpec>[] =>
  rows.map(({ echo, ...row }) =>
    echo === undefined || row.key === 'trainer.total_training_steps' ? row : { ...row, echo },
  );

/** Every key of a file for sft_trainer, in the file's order. */
export const SFT_KEYS: readonly Key<SftSpec>[] = [
  ...DATA_KEYS,
  ...withEcho(optimizerKeys(HOME)),
  ...ENGINE_KEYS,
  ...engineKeys(HOME),
  ...withoutTotal(trainerKeys(HOME)),
];
