/** Nodes of the configuration that many rules speak of. */
export const ACTOR = 'actor_rollout_ref.actor';
export const ROLLOUT = 'actor_rollout_ref.rollout';
export const REF = 'actor_rollout_ref.ref';
export const MODEL = 'actor_rollout_ref.model';
export const MEGATRON = `${ACTOR}.megatron`;
export const CORRECTION = 'algorithm.rollout_correction';
export const FILTER = 'algorithm.filter_groups';
export const OVERLONG = 'reward.reward_kwargs.overlong_buffer_cfg';
