import type { Key } from './key.ts';
import { ALGORITHM_KEYS, REWARD_KEYS } from './keys-algorithm.ts';
import { DATA_KEYS, ROLLOUT_KEYS } from './keys-rollout.ts';
import { engineKeys, type Home, optimizerKeys, trainerKeys } from './keys-train.ts';
import type { RlvrSpec } from './spec.ts';

const ACTOR = 'actor_rollout_ref.actor';
const ROLLOUT = 'actor_rollout_ref.rollout';
const REF = 'actor_rollout_ref.ref';

const HOME: Home = {
  optim: `${ACTOR}.optim`,
  fsdp: `${ACTOR}.fsdp_config`,
  megatron: `${ACTOR}.megatron`,
  model: 'actor_rollout_ref.model',
  checkpoint: `${ACTOR}.checkpoint`,
};

const isDynamic = (s: RlvrSpec): boolean => s.stage.batch.micro_tokens !== undefined;
const sequences = (s: RlvrSpec): number | undefined => s.stage.batch.micro_sequences;
const hasReference = (s: RlvrSpec): boolean => typeof s.stage.algorithm.kl === 'object';

const BATCH_KEYS: readonly Key<RlvrSpec>[] = [
  {
    path: 'batch.mini_prompts',
    key: `${ACTOR}.ppo_mini_batch_size`,
    of: s => s.stage.batch.mini_prompts ?? s.stage.batch.prompts,
  },
  // The log-prob passes follow by the release's own interpolation.
  { path: 'batch.micro_tokens', key: `${ACTOR}.use_dynamic_bsz`, of: isDynamic },
  { path: 'batch.micro_tokens', key: `${ACTOR}.ppo_max_token_len_per_gpu`, of: s => s.stage.batch.micro_tokens },
  { path: 'batch.micro_sequences', key: `${ACTOR}.ppo_micro_batch_size_per_gpu`, of: sequences },
  {
    path: 'batch.micro_sequences',
    key: `${ROLLOUT}.log_prob_micro_batch_size_per_gpu`,
    of: sequences,
    yields: true,
  },
  {
    path: 'batch.micro_sequences',
    key: `${REF}.log_prob_micro_batch_size_per_gpu`,
    of: s => (hasReference(s) ? sequences(s) : undefined),
    yields: true,
  },
];

const MODEL_KEYS: readonly Key<RlvrSpec>[] = [
  {
    path: 'from',
    key: 'actor_rollout_ref.model.path',
    of: s => (s.context.pretrained === undefined ? undefined : { path: s.context.pretrained }),
  },
  { path: 'backend', key: `${ACTOR}.strategy`, of: s => (s.stage.backend === 'fsdp' ? 'fsdp' : 'fsdp2'), only: 'fsdp' },
  {
    path: 'parallel.context',
    key: `${ACTOR}.ulysses_sequence_parallel_size`,
    of: s => s.split.context,
    only: 'fsdp',
  },
  // A reference that is only read may wait in the host's memory.
  {
    path: 'algorithm.kl',
    key: `${REF}.fsdp_config.param_offload`,
    of: s => (hasReference(s) ? true : undefined),
    only: 'fsdp',
    yields: true,
  },
];

const folder = (s: RlvrSpec, name: string) =>
  s.stage.logging?.save_rollouts ? { path: `${s.context.run.dir}/${name}/${s.context.name}` } : undefined;

const RUN_KEYS: readonly Key<RlvrSpec>[] = [
  { path: 'validation.every_steps', key: 'trainer.test_freq', of: s => s.stage.validation?.every_steps },
  { path: 'validation.at_start', key: 'trainer.val_before_train', of: s => s.stage.validation?.at_start ?? false },
  { path: 'logging.save_rollouts', key: 'trainer.rollout_data_dir', of: s => folder(s, 'rollouts') },
  { path: 'logging.save_rollouts', key: 'trainer.validation_data_dir', of: s => folder(s, 'validation') },
  // Without a bound Ray counts the whole node's processors, also those of other jobs.
  { path: '', key: 'ray_kwargs.ray_init.num_cpus', of: s => s.context.cpusPerNode, yields: true },
];

/** The learning rate is said in each step; it is at its peak when the warm-up is over. */
const withEcho = (rows: readonly Key<RlvrSpec>[]): readonly Key<RlvrSpec>[] =>
  rows.map(row =>
    row.path === 'optimizer.lr'
      ? { ...row, echo: 'actor/lr', take: 'max' as const, rel: 1e-9, fromStep: s => s.warmupSteps }
      : row,
  );

/** Every key of a file for main_ppo, in the file's order. */
export const RLVR_KEYS: readonly Key<RlvrSpec>[] = [
  ...ALGORITHM_KEYS,
  ...DATA_KEYS,
  ...MODEL_KEYS,
  ...BATCH_KEYS,
  ...withEcho(optimizerKeys(HOME)),
  ...engineKeys(HOME),
  ...ROLLOUT_KEYS,
  ...REWARD_KEYS,
  ...trainerKeys(HOME),
  ...RUN_KEYS,
];
