import type { Key } from './key.ts';
import type { RlvrSpec } from './spec.ts';

const ACTOR = 'actor_rollout_ref.actor';
const ROLLOUT = 'actor_rollout_ref.rollout';
const CORRECTION = 'algorithm.rollout_correction';
const OVERLONG = 'reward.reward_kwargs.overlong_buffer_cfg';

/** Advantage estimators (verl/trainer/ppo/core_algos.py): DAPO, Dr. GRPO and GSPO are GRPO with other losses. */
const ESTIMATORS = {
  grpo: 'grpo',
  dapo: 'grpo',
  gspo: 'grpo',
  'dr-grpo': 'grpo',
  rloo: 'rloo',
  'reinforce++': 'reinforce_plus_plus',
  remax: 'remax',
  ppo: 'gae',
} as const;

const clip = (s: RlvrSpec) => s.stage.algorithm.clip;

/** undefined: not written; `none` is written and means off. */
const sampling = ({ stage }: RlvrSpec) =>
  typeof stage.algorithm.dynamic_sampling === 'object' ? stage.algorithm.dynamic_sampling : undefined;
const weights = ({ stage }: RlvrSpec) =>
  typeof stage.algorithm.importance_sampling === 'object' ? stage.algorithm.importance_sampling : undefined;

const kl = (s: RlvrSpec, where: 'loss' | 'reward') => {
  const found = s.stage.algorithm.kl;
  return typeof found === 'object' && found.in === where ? found : undefined;
};

const replay = ({ stage }: RlvrSpec): string => stage.algorithm.routing_replay ?? 'none';

/** The losses that an algorithm's name stands for, where nothing else is written. */
const aggregation = ({ stage }: RlvrSpec): string | undefined => {
  const { loss_aggregation, name } = stage.algorithm;
  if (loss_aggregation !== undefined) return loss_aggregation;
  return name === 'gspo' ? 'seq-mean-token-mean' : name === 'dr-grpo' ? 'seq-mean-token-sum-norm' : undefined;
};

const reward = (s: RlvrSpec) => s.stage.reward;

/** Rewards that martlet ships, by their name in a recipe: the file of templates/verl. */
const SHIPPED: Readonly<Record<string, string>> = { 'math-verify': 'math_reward.py' };

/** The file of a reward that martlet ships; undefined: the person's own, or one of veRL's. */
export const shippedReward = (s: RlvrSpec): string | undefined => SHIPPED[reward(s).function];

/** A file beside job.sh, or the person's own: a path of the cluster, or pkg://MODULE. `built-in`: veRL's own scorers. */
const scorer = (s: RlvrSpec) => {
  if (reward(s).function === 'built-in') return undefined;
  const shipped = shippedReward(s);
  if (shipped !== undefined) return { path: `${s.context.jobDir}/${shipped}` };
  return reward(s).function.startsWith('/') ? { path: reward(s).function } : reward(s).function;
};

/** Names: verl/trainer/config (v0.9.0), algorithm, actor, rollout and reward. */
export const ALGORITHM_KEYS: readonly Key<RlvrSpec>[] = [
  { path: 'algorithm.name', key: 'algorithm.adv_estimator', of: s => ESTIMATORS[s.stage.algorithm.name] },
  {
    path: 'algorithm.name',
    key: `${ACTOR}.policy_loss.loss_mode`,
    of: s => (s.stage.algorithm.name === 'gspo' ? 'gspo' : undefined),
    yields: true,
  },
  { path: 'algorithm.group_size', key: `${ROLLOUT}.n`, of: s => s.stage.algorithm.group_size },
  {
    path: 'algorithm.normalize_by_std',
    key: 'algorithm.norm_adv_by_std_in_grpo',
    of: s => s.stage.algorithm.normalize_by_std ?? (s.stage.algorithm.name === 'dr-grpo' ? false : undefined),
  },
  { path: 'algorithm.clip.low', key: `${ACTOR}.clip_ratio_low`, of: s => clip(s)?.low },
  { path: 'algorithm.clip.high', key: `${ACTOR}.clip_ratio_high`, of: s => clip(s)?.high },
  { path: 'algorithm.clip.dual', key: `${ACTOR}.clip_ratio_c`, of: s => clip(s)?.dual },
  { path: 'algorithm.loss_aggregation', key: `${ACTOR}.loss_agg_mode`, of: aggregation },
  {
    path: 'algorithm.entropy_coefficient',
    key: `${ACTOR}.entropy_coeff`,
    of: s => s.stage.algorithm.entropy_coefficient,
  },
  { path: 'algorithm.epochs_per_batch', key: `${ACTOR}.ppo_epochs`, of: s => s.stage.algorithm.epochs_per_batch },
  { path: 'algorithm.gamma', key: 'algorithm.gamma', of: s => s.stage.algorithm.gamma },
  { path: 'algorithm.lambda', key: 'algorithm.lam', of: s => s.stage.algorithm.lambda },
  // Dynamic sampling: groups without spread are dropped and refilled.
  { path: 'algorithm.dynamic_sampling', key: 'algorithm.filter_groups.enable', of: s => sampling(s) !== undefined },
  { path: 'algorithm.dynamic_sampling.metric', key: 'algorithm.filter_groups.metric', of: s => sampling(s)?.metric },
  {
    path: 'algorithm.dynamic_sampling.max_rounds',
    key: 'algorithm.filter_groups.max_num_gen_batches',
    of: s => sampling(s)?.max_rounds,
  },
  // Truncated importance sampling between the engine that samples and the one that trains.
  { path: 'algorithm.importance_sampling.level', key: `${CORRECTION}.rollout_is`, of: s => weights(s)?.level ?? null },
  {
    path: 'algorithm.importance_sampling.truncate',
    key: `${CORRECTION}.rollout_is_threshold`,
    of: s => weights(s)?.truncate,
  },
  // Also without weights: the log's rollout_corr/* and training/rollout_probs_diff_* say how far the two engines differ.
  { path: 'algorithm.importance_sampling', key: `${ROLLOUT}.calculate_log_probs`, of: () => true, yields: true },
  // The only key of that name which an engine reads (verl/workers/engine/megatron/transformer_impl.py).
  {
    path: 'algorithm.routing_replay',
    key: `${ACTOR}.megatron.router_replay.mode`,
    of: s => (replay(s) === 'none' ? 'disabled' : replay(s)),
    only: 'megatron',
  },
  {
    path: 'algorithm.routing_replay',
    key: `${ROLLOUT}.enable_rollout_routing_replay`,
    of: s => (replay(s) === 'none' ? undefined : replay(s) === 'R3'),
    yields: true,
  },
  // With replay the example of the release leaves the order of samples as it is.
  {
    path: 'algorithm.routing_replay',
    key: 'trainer.balance_batch',
    of: s => (replay(s) === 'none' ? undefined : false),
    yields: true,
  },
  { path: 'algorithm.kl', key: `${ACTOR}.use_kl_loss`, of: s => kl(s, 'loss') !== undefined },
  { path: 'algorithm.kl.coefficient', key: `${ACTOR}.kl_loss_coef`, of: s => kl(s, 'loss')?.coefficient },
  { path: 'algorithm.kl.type', key: `${ACTOR}.kl_loss_type`, of: s => kl(s, 'loss')?.type },
  { path: 'algorithm.kl', key: 'algorithm.use_kl_in_reward', of: s => kl(s, 'reward') !== undefined },
  { path: 'algorithm.kl.coefficient', key: 'algorithm.kl_ctrl.kl_coef', of: s => kl(s, 'reward')?.coefficient },
  { path: 'algorithm.kl.type', key: 'algorithm.kl_penalty', of: s => kl(s, 'reward')?.type },
];

/** The reward, and the length penalty of DAPO (verl/experimental/reward_loop/reward_manager/dapo.py). */
export const REWARD_KEYS: readonly Key<RlvrSpec>[] = [
  { path: 'reward.function', key: 'reward.custom_reward_function.path', of: scorer },
  {
    path: 'reward.function',
    key: 'reward.custom_reward_function.name',
    of: s => (scorer(s) === undefined ? undefined : 'compute_score'),
    yields: true,
  },
  {
    path: 'reward.timeout',
    key: 'reward.custom_reward_function.reward_kwargs.timeout_seconds',
    of: s => (scorer(s) === undefined ? undefined : reward(s).timeout),
    yields: true,
  },
  { path: 'reward.workers', key: 'reward.num_workers', of: s => reward(s).workers },
  {
    path: 'reward.overlong',
    key: 'reward.reward_manager.name',
    of: s => (reward(s).overlong ? 'dapo' : 'naive'),
    yields: true,
  },
  {
    path: 'reward.overlong',
    key: `${OVERLONG}.enable`,
    of: s => (reward(s).overlong ? true : undefined),
    yields: true,
  },
  { path: 'reward.overlong.buffer_tokens', key: `${OVERLONG}.len`, of: s => reward(s).overlong?.buffer_tokens },
  { path: 'reward.overlong.penalty', key: `${OVERLONG}.penalty_factor`, of: s => reward(s).overlong?.penalty },
  { path: 'reward.overlong', key: `${OVERLONG}.log`, of: s => (reward(s).overlong ? true : undefined), yields: true },
  {
    path: 'reward.overlong',
    key: 'reward.reward_kwargs.max_resp_len',
    of: s => (reward(s).overlong ? s.stage.rollout.response_tokens : undefined),
    yields: true,
  },
];
