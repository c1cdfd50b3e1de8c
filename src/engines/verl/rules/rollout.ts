import type { Facts, Family } from '../rule.ts';
import { ACTOR, ROLLOUT } from './names.ts';

const isSeparate = (f: Facts): boolean => f.text('trainer.v1.trainer_mode') === 'separate_async';
const longest = (f: Facts): number => f.number('data.max_prompt_length') + f.number('data.max_response_length');
const modelLength = (f: Facts): number => f.number(`${ROLLOUT}.max_model_len`);
const positions = (f: Facts): number => {
  const own = f.spec.context.model.max_position_embeddings ?? f.spec.architecture?.maxPositions;
  const raised = f.number('actor_rollout_ref.model.override_config.max_position_embeddings');
  return Number.isNaN(raised) ? (own ?? Number.POSITIVE_INFINITY) : raised;
};
const ENGINES = ['vllm', 'sglang', 'trtllm'];
const SYNC = 'trainer.v1.separate_async.parameter_sync_step';
const MINI = `${ACTOR}.ppo_mini_batch_size`;
const THRESHOLD = 'trainer.v1.sampler.max_off_policy_threshold';
const STRATEGY = 'trainer.v1.sampler.max_off_policy_strategy';
const isThreshold = (f: Facts): boolean => Number.isInteger(f.number(THRESHOLD)) && f.number(THRESHOLD) > 0;

/** The engine that samples, and where it runs (verl/workers/config/rollout.py, trainer_separate_async.py). */
export const ROLLOUT_RULES: Family = {
  code: 'MRT-V005',
  rules: [
    {
      id: 'req-rollout-name',
      keys: [`${ROLLOUT}.name`],
      broken: f => !ENGINES.includes(f.text(`${ROLLOUT}.name`)),
      what: f => `"${f.text(`${ROLLOUT}.name`)}" is no rollout engine of the release.`,
      why: 'rollout.name must be one of vllm, sglang, trtllm; there is no default.',
    },
    {
      id: 'rollout-ep',
      keys: [`${ROLLOUT}.expert_parallel_size`],
      broken: f => {
        const expert = f.number(`${ROLLOUT}.expert_parallel_size`);
        const whole = f.number(`${ROLLOUT}.tensor_model_parallel_size`) * f.number(`${ROLLOUT}.data_parallel_size`);
        return expert > 1 && expert !== whole && f.text(`${ROLLOUT}.name`) !== 'trtllm';
      },
      what: f => `experts over ${f.number(`${ROLLOUT}.expert_parallel_size`)} GPUs are not a whole replica.`,
      why: 'the expert-parallel size is 1 or tensor x data of the rollout.',
    },
    {
      id: 'rollout-pp',
      keys: [`${ROLLOUT}.pipeline_model_parallel_size`],
      broken: f => f.number(`${ROLLOUT}.pipeline_model_parallel_size`) !== 1,
      what: () => 'the rollout cannot be split into pipeline stages.',
      why: 'NotImplementedError in the release.',
      hint: () => 'split it by rollout.tensor.',
    },
    {
      id: 'rollout-mode',
      keys: [`${ROLLOUT}.mode`],
      broken: f => f.text(`${ROLLOUT}.mode`) !== 'async',
      what: f => `rollout.mode "${f.text(`${ROLLOUT}.mode`)}" is no more.`,
      why: "Rollout mode 'sync' has been removed in 0.7; async is the only one, also for synchronous training.",
    },
    {
      id: 'rollout-moetp',
      keys: [`${ROLLOUT}.moe_tensor_parallel_size`],
      broken: f => f.text(`${ROLLOUT}.name`) !== 'trtllm' && f.number(`${ROLLOUT}.moe_tensor_parallel_size`) > 1,
      what: () => 'moe_tensor_parallel_size is only for trtllm.',
      why: 'vLLM and SGLang split experts by expert_parallel_size.',
    },
    {
      id: 'maxlen',
      keys: [`${ROLLOUT}.max_model_len`],
      broken: f => longest(f) > modelLength(f) || Math.max(modelLength(f), longest(f)) > positions(f),
      what: f =>
        longest(f) > modelLength(f)
          ? `prompt and answer are ${longest(f)} tokens, more than the engine's ${modelLength(f)}.`
          : `${modelLength(f)} tokens are over the ${positions(f)} positions of the model.`,
      why: 'prompt + answer <= max_model_len <= max_position_embeddings; the engine would not start.',
    },
    {
      id: 'chunked',
      keys: [`${ROLLOUT}.enable_chunked_prefill`, `${ROLLOUT}.max_num_batched_tokens`],
      broken: f =>
        !f.isOn(`${ROLLOUT}.enable_chunked_prefill`) && f.number(`${ROLLOUT}.max_num_batched_tokens`) < modelLength(f),
      what: f =>
        `without chunked prefill ${f.number(`${ROLLOUT}.max_num_batched_tokens`)} batched tokens do not hold a sequence of ${modelLength(f)}.`,
      why: 'max_num_batched_tokens must then be at least max_model_len.',
    },
    {
      id: 'val-sample',
      keys: [`${ROLLOUT}.temperature`],
      broken: f => f.isOn(`${ROLLOUT}.val_kwargs.do_sample`) && !(f.number(`${ROLLOUT}.temperature`) > 0),
      what: () => 'validation samples, and rollout.temperature is 0.',
      why: "the release holds validation to the rollout's temperature: it should be greater than 0.",
    },
    {
      id: 'sep-batch',
      keys: [SYNC, MINI],
      broken: f => isSeparate(f) && f.number('data.train_batch_size') !== f.number(SYNC) * f.number(MINI),
      what: f =>
        `${f.number('data.train_batch_size')} prompts are not ${f.number(SYNC)} updates of ${f.number(MINI)} prompts.`,
      why: 'with a rollout of its own, train_batch_size must equal parameter_sync_step x ppo_mini_batch_size.',
    },
    {
      id: 'sep-nodes',
      keys: [`${ROLLOUT}.nnodes`, 'trainer.v1.trainer_mode'],
      broken: f => isSeparate(f) && !(f.number(`${ROLLOUT}.nnodes`) > 0),
      what: () => 'the rollout has no GPUs of its own.',
      why: 'placement: separate needs rollout.nnodes above 0.',
      hint: () => 'write rollout: {gpus: N}.',
    },
    {
      id: 'sep-backend',
      keys: [`${ROLLOUT}.checkpoint_engine.backend`],
      broken: f => isSeparate(f) && f.text(`${ROLLOUT}.checkpoint_engine.backend`) === 'naive',
      what: () => 'checkpoint_engine.backend naive cannot carry weights to other GPUs.',
      why: 'a rollout of its own gets them by nccl, nixl, mooncake or kimi_ckpt_engine.',
    },
    {
      id: 'sampler',
      at: f => f.whereIs([isThreshold(f) ? STRATEGY : THRESHOLD]),
      broken: f => !isThreshold(f) || !['drop', 'wait'].includes(f.text(STRATEGY)),
      what: f =>
        isThreshold(f) ? `"${f.text(STRATEGY)}" is no strategy.` : `a threshold of ${f.text(THRESHOLD)} steps is none.`,
      why: 'max_off_policy_threshold is an integer above 0, max_off_policy_strategy is drop or wait.',
    },
  ],
};
