/** A key of an earlier release. `old` may end in `*`: all keys below it. */
export interface Rename {
  readonly old: string;
  /** What does the same in v0.9.0: a recipe word, or a key; undefined: nothing does. */
  readonly now?: string;
  readonly since: string;
  /** Taken in silence and read by nobody; otherwise Hydra refuses it. */
  readonly isIgnored?: true;
}

const ROLLOUT = 'actor_rollout_ref.rollout';
const ACTOR = 'actor_rollout_ref.actor';

/** What moved or went between 0.5 and 0.9 (verl/trainer/config and verl/trainer/main_ppo.py of the releases). */
export const RENAMES: readonly Rename[] = [
  {
    old: 'custom_reward_function.reward_kwargs.*',
    now: 'reward.custom_reward_function.reward_kwargs',
    since: '0.7.1',
    isIgnored: true,
  },
  { old: 'custom_reward_function.*', now: 'reward: {function: ...} of the recipe', since: '0.7.1', isIgnored: true },
  { old: 'reward_model.reward_manager', now: 'reward.reward_manager.name', since: '0.7.1', isIgnored: true },
  { old: 'reward_model.reward_kwargs.*', now: 'reward.reward_kwargs', since: '0.7.1', isIgnored: true },
  { old: 'reward_model.num_workers', now: 'reward: {workers: N} of the recipe', since: '0.7.1', isIgnored: true },
  { old: 'reward_model.model.path', now: 'reward.reward_model.model_path', since: '0.7.1', isIgnored: true },
  { old: 'reward_model.*', now: 'reward.reward_model', since: '0.7.1', isIgnored: true },
  { old: 'sandbox_fusion.*', now: 'reward.sandbox_fusion', since: '0.7.1', isIgnored: true },
  {
    old: `${ACTOR}.router_replay.*`,
    now: 'algorithm: {routing_replay: ...} of the recipe',
    since: '0.8.0',
    isIgnored: true,
  },
  { old: `${ACTOR}.grad_clip`, now: 'optimizer: {clip_grad: ...} of the recipe', since: '0.9.0', isIgnored: true },
  {
    old: 'algorithm.filter_groups.max_num_gen_batches',
    now: 'algorithm.filter_groups.max_inflight_gen_batches, a bound of prompts at once, and stall_after, a bound of time',
    since: '0.9.0',
    isIgnored: true,
  },
  { old: 'algorithm.rollout_is', now: 'algorithm: {importance_sampling: {level: ...}} of the recipe', since: '0.6' },
  {
    old: 'algorithm.rollout_is_level',
    now: 'algorithm: {importance_sampling: {level: ...}} of the recipe',
    since: '0.6',
  },
  {
    old: 'algorithm.rollout_is_threshold',
    now: 'algorithm: {importance_sampling: {truncate: ...}} of the recipe',
    since: '0.6',
  },
  {
    old: `${ACTOR}.tis_imp_ratio_cap`,
    now: 'algorithm: {importance_sampling: {truncate: ...}} of the recipe',
    since: '0.6',
  },
  {
    old: 'algorithm.rollout_correction.rollout_rs_threshold_lower',
    now: 'rollout_rs_threshold: "low_high"',
    since: '0.7.1',
  },
  { old: 'algorithm.rollout_correction.rollout_token_veto_threshold', now: 'rollout_rs: seq_max_k2', since: '0.7.1' },
  { old: 'algorithm.rollout_correction.use_policy_gradient', now: 'loss_type: reinforce', since: '0.7.0' },
  {
    old: `${ROLLOUT}.update_weights_bucket_megabytes`,
    now: `${ROLLOUT}.checkpoint_engine.update_weights_bucket_megabytes`,
    since: '0.7.1',
  },
  { old: 'trainer.use_legacy_worker_impl', since: '0.8.0' },
  { old: 'critic.model.fsdp_config.*', now: 'critic.fsdp', since: '0.8.0' },
  { old: 'data.sampler.*', now: '++data.sampler', since: '0.8.0' },
  { old: 'data.datagen.*', now: '++data.datagen', since: '0.8.0' },
  { old: `${ROLLOUT}.skip_rollout*`, now: 'skip.rollout', since: '0.8.0' },
  { old: `${ROLLOUT}.skip.*`, now: 'skip.rollout', since: '0.9.0' },
  { old: `${ROLLOUT}.multi_turn.interaction_config_path`, since: '0.8.0' },
  { old: `${ACTOR}.load_weight`, since: '0.9.0' },
  { old: 'actor_rollout_ref.ref.load_weight', since: '0.9.0' },
  { old: 'critic.load_weight', since: '0.9.0' },
];

export const renameOf = (key: string): Rename | undefined =>
  RENAMES.find(({ old }) => (old.endsWith('*') ? key.startsWith(old.slice(0, -1)) : key === old));
