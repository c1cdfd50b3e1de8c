import * as z from 'zod';
import { line, name, once, seconds, withDefault } from '../../located/words.ts';

const positive = once(() => z.int().positive());

export const rlBatch = z.strictObject({
  /** Prompts a step; each gets `algorithm.group_size` answers. */
  prompts: positive(),
  mini_prompts: positive().optional(),
  micro_sequences: positive().optional(),
  /** Tokens a GPU in one micro-batch, filled dynamically. */
  micro_tokens: positive().optional(),
});

const kl = z.union([
  z.literal('none'),
  z.strictObject({
    in: z.enum(['loss', 'reward']),
    coefficient: z.number().nonnegative(),
    type: z.enum(['kl', 'abs', 'mse', 'low_var_kl', 'full']).optional(),
  }),
]);

export const algorithm = z.strictObject({
  name: z.enum(['grpo', 'dapo', 'gspo', 'rloo', 'reinforce++', 'ppo', 'remax', 'dr-grpo']),
  /** Answers to each prompt. */
  group_size: positive(),
  normalize_by_std: z.boolean().optional(),
  clip: z
    .strictObject({ low: z.number().positive(), high: z.number().positive(), dual: z.number().gt(1).optional() })
    .optional(),
  dynamic_sampling: z
    .union([z.literal('none'), z.strictObject({ metric: name(), max_rounds: positive().optional() })])
    .optional(),
  importance_sampling: z
    .union([
      z.literal('none'),
      z.strictObject({ level: z.enum(['token', 'sequence']), truncate: z.number().positive() }),
    ])
    .optional(),
  routing_replay: z.enum(['none', 'R2', 'R3']).optional(),
  kl: kl.optional(),
  entropy_coefficient: z.number().nonnegative().optional(),
  loss_aggregation: z
    .enum(['token-mean', 'seq-mean-token-sum', 'seq-mean-token-mean', 'seq-mean-token-sum-norm'])
    .optional(),
  gamma: z.number().min(0).max(1).optional(),
  lambda: z.number().min(0).max(1).optional(),
  epochs_per_batch: positive().optional(),
});

export const rollout = z.strictObject({
  engine: z.enum(['vllm', 'sglang']),
  placement: withDefault(z.enum(['colocated', 'separate']), 'colocated', 'training and rollout share the GPUs'),
  tensor: withDefault(positive(), 1, 'one GPU holds the model'),
  prompt_tokens: positive(),
  response_tokens: positive(),
  temperature: z.number().nonnegative().optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().optional(),
  gpu_memory_fraction: z.number().gt(0).max(1).optional(),
  gpus: positive().optional(),
});

export const reward = z.strictObject({
  /** A shipped reward, or a file of the person's own. */
  function: line(),
  timeout: seconds().optional(),
  workers: positive().optional(),
  overlong: z.strictObject({ buffer_tokens: positive(), penalty: z.number().nonnegative() }).optional(),
});
