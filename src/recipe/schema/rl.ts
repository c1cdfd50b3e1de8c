import * as z from 'zod/mini';
import {
  above0,
  amount,
  flag,
  fraction,
  line,
  maybe,
  name,
  part,
  positive,
  seconds,
  withDefault,
} from '../../located/words.ts';
export const rlBatch = z.strictObject({
  /** Prompts a step; each gets `algorithm.group_size` answers. */
  prompts: positive,
  mini_prompts: maybe(positive),
  micro_sequences: maybe(positive),
  /** Tokens a GPU in one micro-batch, filled dynamically. */
  micro_tokens: maybe(positive),
});

const kl = z.union([
  z.literal('none'),
  z.strictObject({
    in: z.enum(['loss', 'reward']),
    coefficient: amount,
    type: maybe(z.enum(['kl', 'abs', 'mse', 'low_var_kl', 'full'])),
  }),
]);

export const algorithm = z.strictObject({
  name: z.enum(['grpo', 'dapo', 'gspo', 'rloo', 'reinforce++', 'ppo', 'remax', 'dr-grpo']),
  /** Answers to each prompt. */
  group_size: positive,
  normalize_by_std: maybe(flag),
  clip: maybe(z.strictObject({ low: above0, high: above0, dual: maybe(z.number().check(z.gt(1))) })),
  dynamic_sampling: maybe(z.union([z.literal('none'), z.strictObject({ metric: name, max_rounds: maybe(positive) })])),
  importance_sampling: maybe(
    z.union([z.literal('none'), z.strictObject({ level: z.enum(['token', 'sequence']), truncate: above0 })]),
  ),
  routing_replay: maybe(z.enum(['none', 'R2', 'R3'])),
  kl: maybe(kl),
  entropy_coefficient: maybe(amount),
  loss_aggregation: maybe(
    z.enum(['token-mean', 'seq-mean-token-sum', 'seq-mean-token-mean', 'seq-mean-token-sum-norm']),
  ),
  gamma: maybe(part),
  lambda: maybe(part),
  epochs_per_batch: maybe(positive),
});

export const rollout = z.strictObject({
  engine: z.enum(['vllm', 'sglang']),
  placement: withDefault(z.enum(['colocated', 'separate']), 'colocated', 'training and rollout share the GPUs'),
  tensor: withDefault(positive, 1, 'one GPU holds the model'),
  prompt_tokens: positive,
  response_tokens: positive,
  temperature: maybe(amount),
  top_p: maybe(fraction),
  top_k: maybe(z.int()),
  gpu_memory_fraction: maybe(fraction),
  gpus: maybe(positive),
});

export const reward = z.strictObject({
  /** A shipped reward, or a file of the person's own. */
  function: line,
  timeout: maybe(seconds),
  workers: maybe(positive),
  overlong: maybe(z.strictObject({ buffer_tokens: positive, penalty: amount })),
});
