import { expect, test } from 'vitest';
import { configOf } from '../../../src/engines/verl/config.ts';
import { RLVR_KEYS } from '../../../src/engines/verl/keys-rlvr.ts';
import { SFT_KEYS } from '../../../src/engines/verl/keys-sft.ts';
import { type ConfigName, isFree, recordedKey, recordedKeys } from '../../../src/engines/verl/recorded.ts';
import type { VerlSpec } from '../../../src/engines/verl/spec.ts';
import { keyOf } from './planned.ts';
import { EXPERTS, FSDP, fixed, MEGATRON, SFT } from './recipes.ts';

const A = 'actor_rollout_ref.actor';
const R = 'actor_rollout_ref.rollout';

test('the recorded configurations have as many keys as the release composes, without _target_', () => {
  const counts = (['ppo_dp', 'ppo_megatron', 'sft_fsdp', 'sft_megatron'] as const).map(
    each => recordedKeys(each).length,
  );
  expect(counts).toEqual([768, 848, 163, 200]);
});

const ROWS: readonly (readonly [ConfigName, 'fsdp' | 'megatron', readonly { key: string; only?: string }[]])[] = [
  ['ppo_dp', 'fsdp', RLVR_KEYS],
  ['ppo_megatron', 'megatron', RLVR_KEYS],
  ['sft_fsdp', 'fsdp', SFT_KEYS],
  ['sft_megatron', 'megatron', SFT_KEYS],
];
test.each(ROWS)('every key that is written for %s is one of the release', (config, backend, rows) => {
  const unknown = rows
    .filter(row => (row.only ?? backend) === backend)
    .map(row => row.key)
    .filter(key => !recordedKey(config, key) && !isFree(config, key) && !key.startsWith('ray_kwargs.ray_init.'));
  // async_save is a field of the dataclass, which the YAML of fine-tuning leaves out.
  expect(unknown.filter(key => key !== 'checkpoint.async_save')).toEqual([]);
});

test.each<[string, unknown, string, string[]]>([
  ['algorithm.adv_estimator', 'grpo', FSDP, []],
  ['algorithm.adv_estimator', 'reinforce_plus_plus', FSDP, ['stages.rlvr.algorithm.name=reinforce++']],
  [`${R}.n`, 8, FSDP, []],
  [`${A}.clip_ratio_low`, 0.2, FSDP, []],
  [`${A}.clip_ratio_high`, 0.28, FSDP, []],
  [`${A}.clip_ratio_c`, 10, FSDP, []],
  ['algorithm.filter_groups.enable', true, FSDP, []],
  ['algorithm.filter_groups.metric', 'acc', FSDP, []],
  ['algorithm.filter_groups.enable', false, FSDP, ['stages.rlvr.algorithm.dynamic_sampling=none']],
  ['algorithm.rollout_correction.rollout_is', 'token', FSDP, []],
  ['algorithm.rollout_correction.rollout_is_threshold', 2, FSDP, []],
  ['algorithm.rollout_correction.rollout_is', null, FSDP, ['stages.rlvr.algorithm.importance_sampling=none']],
  [`${R}.calculate_log_probs`, true, FSDP, []],
  [`${A}.policy_loss.loss_mode`, 'gspo', FSDP, ['stages.rlvr.algorithm.name=gspo']],
  [`${A}.loss_agg_mode`, 'seq-mean-token-mean', FSDP, ['stages.rlvr.algorithm.name=gspo']],
  [`${A}.loss_agg_mode`, 'seq-mean-token-sum-norm', FSDP, ['stages.rlvr.algorithm.name=dr-grpo']],
  ['algorithm.norm_adv_by_std_in_grpo', false, FSDP, ['stages.rlvr.algorithm.name=dr-grpo']],
  [`${A}.use_kl_loss`, true, FSDP, ['stages.rlvr.algorithm.kl={in: loss, coefficient: 0.002, type: low_var_kl}']],
  [`${A}.kl_loss_coef`, 0.002, FSDP, ['stages.rlvr.algorithm.kl={in: loss, coefficient: 0.002, type: low_var_kl}']],
  ['algorithm.use_kl_in_reward', true, FSDP, ['stages.rlvr.algorithm.kl={in: reward, coefficient: 0.01, type: mse}']],
  ['algorithm.kl_penalty', 'mse', FSDP, ['stages.rlvr.algorithm.kl={in: reward, coefficient: 0.01, type: mse}']],
  ['algorithm.kl_ctrl.kl_coef', 0.01, FSDP, ['stages.rlvr.algorithm.kl={in: reward, coefficient: 0.01, type: mse}']],
  [`${A}.entropy_coeff`, 0.001, FSDP, ['stages.rlvr.algorithm.entropy_coefficient=0.001']],
  [`${A}.megatron.router_replay.mode`, 'R3', EXPERTS, []],
  [`${R}.enable_rollout_routing_replay`, true, EXPERTS, []],
  [`${R}.enable_rollout_routing_replay`, false, EXPERTS, ['stages.rlvr.algorithm.routing_replay=R2']],
  ['trainer.balance_batch', false, EXPERTS, []],
  [`${A}.use_dynamic_bsz`, true, FSDP, []],
  [`${A}.ppo_max_token_len_per_gpu`, 16384, FSDP, []],
  [`${A}.ppo_micro_batch_size_per_gpu`, 2, fixed(FSDP), []],
  [`${R}.log_prob_micro_batch_size_per_gpu`, 2, fixed(FSDP), []],
  ['data.train_batch_size', 64, FSDP, []],
  [`${A}.ppo_mini_batch_size`, 32, FSDP, []],
  ['reward.reward_manager.name', 'dapo', FSDP, ['stages.rlvr.reward.overlong={buffer_tokens: 4096, penalty: 0.5}']],
  [
    'reward.reward_kwargs.max_resp_len',
    8192,
    FSDP,
    ['stages.rlvr.reward.overlong={buffer_tokens: 4096, penalty: 0.5}'],
  ],
  [
    'reward.reward_kwargs.overlong_buffer_cfg',
    { enable: true, len: 4096, penalty_factor: 0.5, log: true },
    FSDP,
    ['stages.rlvr.reward.overlong={buffer_tokens: 4096, penalty: 0.5}'],
  ],
  [`${R}.val_kwargs`, { n: 4, temperature: 1, do_sample: true }, FSDP, []],
  ['trainer.test_freq', 10, FSDP, []],
  ['trainer.save_freq', 10, FSDP, []],
  ['trainer.total_training_steps', 40, FSDP, []],
  // 5000 rows are 78 steps of 64 prompts.
  ['trainer.total_epochs', 1, FSDP, []],
  ['data.seed', 1, FSDP, []],
  [`${R}.seed`, 1, FSDP, []],
  [`${A}.strategy`, 'fsdp2', FSDP, []],
  [`${A}.optim.betas`, [0.9, 0.98], FSDP, ['stages.rlvr.optimizer.betas=[0.9, 0.98]']],
  [`${A}.optim.betas`, undefined, MEGATRON, ['stages.rlvr.optimizer.betas=[0.9, 0.98]']],
  [
    `${A}.optim.override_optimizer_config`,
    { adam_beta1: 0.9, adam_beta2: 0.98 },
    MEGATRON,
    ['stages.rlvr.optimizer.betas=[0.9, 0.98]'],
  ],
  [`${A}.optim.use_checkpoint_opt_param_scheduler`, true, MEGATRON, []],
  [`${A}.megatron.tensor_model_parallel_size`, 2, MEGATRON, []],
  [`${A}.ulysses_sequence_parallel_size`, 2, FSDP, ['stages.rlvr.parallel.context=2']],
  ['defaults', ['ppo_trainer', { 'override model_engine': 'megatron' }, '_self_'], MEGATRON, []],
  ['data.max_length', 8192, SFT, []],
  ['data.ignore_input_ids_mismatch', true, SFT, []],
  ['optim.lr_scheduler_type', 'cosine', SFT, []],
])('%s is %j', (key, value, text, sets) => {
  expect(keyOf(key, text, sets)).toEqual(value);
});

test('a word of extra: stands in the place of what martlet would give', () => {
  expect(keyOf('trainer.balance_batch', EXPERTS, ['stages.rlvr.extra={trainer.balance_batch: true}'])).toBe(true);
});

test('a key that follows another one is followed until it is written itself', () => {
  const spec = {
    config: 'ppo_dp',
    backend: 'fsdp',
    stage: { kind: 'rlvr' },
    context: { name: 'r' },
  } as unknown as VerlSpec;
  const of = (extra: object) =>
    configOf({
      ...spec,
      stage: {
        kind: 'rlvr',
        algorithm: { name: 'grpo' },
        rollout: { prompt_tokens: 3, response_tokens: 4 },
        batch: {},
        reward: { function: 'built-in' },
        optimizer: { name: 'adamw', lr: 1 },
        extra,
      },
      context: { name: 'r', shape: { nodes: 1 }, run: {}, steps: 1 },
      split: {},
    } as unknown as VerlSpec);
  expect(of({}).get(`${R}.prompt_length`)).toBe(3);
  expect(of({ [`${A}.ppo_max_token_len_per_gpu`]: 99 }).get(`${R}.log_prob_max_token_len_per_gpu`)).toBe(99);
  expect(of({ [`${R}.prompt_length`]: 7 }).get(`${R}.prompt_length`)).toBe(7);
  expect(of({}).get('no.such.key')).toBeUndefined();
});
