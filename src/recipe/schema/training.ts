import * as z from 'zod/mini';
import {
  above0,
  amount,
  count,
  flag,
  fraction,
  line,
  listOf,
  maybe,
  name,
  natural,
  number,
  part,
  positive,
  seconds,
  withDefault,
} from '../../located/words.ts';
import { anyStage, budget, checkpoint, from, logging } from './common.ts';

export const optimizer = z.strictObject({
  name: z.enum(['adamw', 'adam', 'sgd', 'muon', 'lion']),
  /** Peak learning rate; 0 trains nothing, on purpose. */
  lr: amount,
  min_lr: maybe(amount),
  betas: maybe(z.tuple([part, part])),
  eps: maybe(above0),
  momentum: maybe(part),
  weight_decay: maybe(amount),
  clip_grad: maybe(amount),
});

export const schedule = z.strictObject({
  decay: z.enum(['cosine', 'linear', 'constant', 'wsd', 'inverse-sqrt']),
  warmup_steps: maybe(natural),
  /** Learning rate the warm-up starts from. */
  warmup_from: maybe(amount),
  decay_steps: maybe(positive),
  /** wsd only: the steps of the final fall, and its shape. */
  cooldown_steps: maybe(positive),
  cooldown: maybe(z.enum(['linear', 'cosine', 'exponential', 'minus-sqrt'])),
});

export const fp8 = z.strictObject({
  format: z.enum(['e4m3', 'hybrid']),
  recipe: z.enum(['tensorwise', 'delayed', 'mxfp8', 'blockwise']),
  param_gather: maybe(flag),
  margin: maybe(natural),
  amax_history: maybe(positive),
  amax_algorithm: maybe(z.enum(['max', 'most_recent'])),
});

export const moe = z.strictObject({
  aux_loss: maybe(amount),
  router_z_loss: maybe(amount),
  balancing: maybe(z.enum(['aux_loss', 'seq_aux_loss', 'global_aux_loss', 'sinkhorn', 'none'])),
  router_precision: maybe(z.enum(['fp32', 'fp64', 'bf16'])),
  dispatcher: maybe(z.enum(['allgather', 'alltoall', 'flex'])),
  grouped_gemm: maybe(flag),
  permute_fusion: maybe(flag),
  capacity_factor: maybe(above0),
});

/** The split of one model over GPUs; what is not said is not split. */
export const layout = z.strictObject({
  tensor: withDefault(positive, 1, 'no tensor split'),
  pipeline: withDefault(positive, 1, 'no pipeline split'),
  context: withDefault(positive, 1, 'no context split'),
  expert: maybe(positive),
  expert_tensor: maybe(positive),
  virtual_pipeline: maybe(positive),
  sequence: withDefault(flag, false, 'sequence parallelism only where asked for'),
  sharding: maybe(z.enum(['distributed-optimizer', 'fsdp', 'none'])),
});
export const parallel = z.union([z.literal('auto'), layout]);

/** Parts of the data, of 1000 or of whatever they sum to: training, validation, test. */
const split = z.tuple([amount, amount, amount]);

export const data = z.strictObject({
  split: maybe(split),
  intra_document_masking: maybe(flag),
  packing: maybe(flag),
  loss_on: maybe(z.enum(['assistant', 'all'])),
  chat_template: maybe(name),
  chat_template_options: maybe(z.record(name, z.union([flag, number, line]))),
  add_bos: maybe(flag),
  add_eos: maybe(flag),
  drop_long_prompts: maybe(flag),
  workers: maybe(natural),
  seed: maybe(natural),
});

export const validation = z.strictObject({
  every_steps: positive,
  batches: maybe(positive),
  held_out: maybe(count),
  at_start: maybe(flag),
  datasets: maybe(listOf(name)),
  samples: maybe(positive),
  temperature: maybe(amount),
  top_p: maybe(fraction),
});

export const precision = z.enum(['bf16', 'fp16', 'fp32']);
export const recompute = z.enum(['none', 'selective', 'full']);

/** Keys of every stage that trains. */
export const training = {
  ...anyStage,
  backend: maybe(z.enum(['megatron', 'dtensor', 'fsdp', 'fsdp2'])),
  from: from,
  mixture: name,
  budget,
  optimizer,
  schedule: maybe(schedule),
  fp8: maybe(fp8),
  offload: maybe(z.array(z.enum(['parameters', 'gradients', 'optimizer', 'activations']))),
  moe: maybe(moe),
  z_loss: maybe(z.union([flag, amount])),
  data: maybe(data),
  validation: maybe(validation),
  checkpoint: maybe(checkpoint),
  logging: maybe(logging),
  /** No step in this time is a hang. */
  stall_after: maybe(seconds),
};
