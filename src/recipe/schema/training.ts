import * as z from 'zod';
import { count, line, name, once, seconds, withDefault } from '../../located/words.ts';
import { anyStage, budget, checkpoint, from, logging } from './common.ts';

const positive = once(() => z.int().positive());
const fraction = once(() => z.number().min(0).max(1));

export const optimizer = z.strictObject({
  name: z.enum(['adamw', 'adam', 'sgd', 'muon', 'lion']),
  /** Peak learning rate; 0 trains nothing, on purpose. */
  lr: z.number().nonnegative(),
  min_lr: z.number().nonnegative().optional(),
  betas: z.tuple([fraction(), fraction()]).optional(),
  eps: z.number().positive().optional(),
  momentum: fraction().optional(),
  weight_decay: z.number().nonnegative().optional(),
  clip_grad: z.number().nonnegative().optional(),
});

export const schedule = z.strictObject({
  decay: z.enum(['cosine', 'linear', 'constant', 'wsd', 'inverse-sqrt']),
  warmup_steps: z.int().nonnegative().optional(),
  /** Learning rate the warm-up starts from. */
  warmup_from: z.number().nonnegative().optional(),
  decay_steps: positive().optional(),
  /** wsd only: the steps of the final fall, and its shape. */
  cooldown_steps: positive().optional(),
  cooldown: z.enum(['linear', 'cosine', 'exponential', 'minus-sqrt']).optional(),
});

export const fp8 = z.strictObject({
  format: z.enum(['e4m3', 'hybrid']),
  recipe: z.enum(['tensorwise', 'delayed', 'mxfp8', 'blockwise']),
  param_gather: z.boolean().optional(),
  margin: z.int().nonnegative().optional(),
  amax_history: positive().optional(),
  amax_algorithm: z.enum(['max', 'most_recent']).optional(),
});

export const moe = z.strictObject({
  aux_loss: z.number().nonnegative().optional(),
  router_z_loss: z.number().nonnegative().optional(),
  balancing: z.enum(['aux_loss', 'seq_aux_loss', 'global_aux_loss', 'sinkhorn', 'none']).optional(),
  router_precision: z.enum(['fp32', 'fp64', 'bf16']).optional(),
  dispatcher: z.enum(['allgather', 'alltoall', 'flex']).optional(),
  grouped_gemm: z.boolean().optional(),
  permute_fusion: z.boolean().optional(),
  capacity_factor: z.number().positive().optional(),
});

/** The split of one model over GPUs; what is not said is not split. */
export const layout = z.strictObject({
  tensor: withDefault(positive(), 1, 'no tensor split'),
  pipeline: withDefault(positive(), 1, 'no pipeline split'),
  context: withDefault(positive(), 1, 'no context split'),
  expert: positive().optional(),
  expert_tensor: positive().optional(),
  virtual_pipeline: positive().optional(),
  sequence: withDefault(z.boolean(), false, 'sequence parallelism only where asked for'),
  sharding: z.enum(['distributed-optimizer', 'fsdp', 'none']).optional(),
});
export const parallel = z.union([z.literal('auto'), layout]);

/** Parts of the data, of 1000 or of whatever they sum to: training, validation, test. */
const split = z.tuple([z.number().nonnegative(), z.number().nonnegative(), z.number().nonnegative()]);

export const data = z.strictObject({
  split: split.optional(),
  intra_document_masking: z.boolean().optional(),
  packing: z.boolean().optional(),
  loss_on: z.enum(['assistant', 'all']).optional(),
  chat_template: name().optional(),
  chat_template_options: z.record(name(), z.union([z.boolean(), z.number(), line()])).optional(),
  add_bos: z.boolean().optional(),
  add_eos: z.boolean().optional(),
  drop_long_prompts: z.boolean().optional(),
  workers: z.int().nonnegative().optional(),
  seed: z.int().nonnegative().optional(),
});

export const validation = z.strictObject({
  every_steps: positive(),
  batches: positive().optional(),
  held_out: count().optional(),
  at_start: z.boolean().optional(),
  datasets: z.array(name()).min(1).optional(),
  samples: positive().optional(),
  temperature: z.number().nonnegative().optional(),
  top_p: z.number().gt(0).max(1).optional(),
});

export const precision = z.enum(['bf16', 'fp16', 'fp32']);
export const recompute = z.enum(['none', 'selective', 'full']);

/** Keys of every stage that trains. */
export const training = {
  ...anyStage,
  backend: z.enum(['megatron', 'dtensor', 'fsdp', 'fsdp2']).optional(),
  from: from(),
  mixture: name(),
  budget,
  optimizer,
  schedule: schedule.optional(),
  fp8: fp8.optional(),
  offload: z.array(z.enum(['parameters', 'gradients', 'optimizer', 'activations'])).optional(),
  moe: moe.optional(),
  z_loss: z.union([z.boolean(), z.number().nonnegative()]).optional(),
  data: data.optional(),
  validation: validation.optional(),
  checkpoint: checkpoint.optional(),
  logging: logging.optional(),
  /** No step in this time is a hang. */
  stall_after: seconds().optional(),
};
