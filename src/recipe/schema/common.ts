import * as z from 'zod/mini';
import {
  above0,
  bytes,
  count,
  described,
  environment,
  flag,
  fraction,
  line,
  listOf,
  maybe,
  name,
  number,
  pattern,
  positive,
  seconds,
  text,
  withDefault,
} from '../../located/words.ts';
/** What every stage may ask for. `gpus` is the same on every site; nodes, type and walltime are for what only a site decides. */
export const resources = z.strictObject({
  gpus: maybe(z.union([positive, z.literal('auto')])),
  nodes: maybe(z.union([positive, z.literal('auto')])),
  cpus: maybe(positive),
  memory: maybe(bytes),
  walltime: maybe(seconds),
  type: maybe(name),
});

const source = pattern(/^[A-Za-z0-9][A-Za-z0-9_./-]*(@[0-9]+)?$/, 'base, scratch, the name of a stage, or STAGE@STEP');
/** A stage, `stage@step`, `base` or `scratch` (random weights); a list where several are taken. */
export const from = described(
  z.union([source, listOf(source)]),
  'base, scratch, a stage, STAGE@STEP, or a list of them',
);

const scalar = z.union([number, text, flag]);
/** Words passed through to the program: true is a bare flag, a list is separate words. */
export const extra = z.record(
  z.string().check(z.minLength(1)),
  described(z.union([flag, number, text, z.null(), z.array(scalar)]), 'true, false, a number, text, or a list of them'),
);

/** Keys of every stage. `title` is free text. */
export const anyStage = {
  engine: name,
  title: maybe(line),
  env: maybe(environment),
  resources: z.prefault(resources, {}),
  extra: maybe(extra),
};

/** What to do until when. Steps decide; tokens, when also given, must agree to the digits written. */
export const budget = z.strictObject({
  steps: maybe(positive),
  tokens: maybe(count),
  samples: maybe(count),
  epochs: maybe(above0),
});

export const wandb = z.strictObject({
  project: line,
  entity: maybe(line),
  group: maybe(line),
  name: maybe(line),
});

export const logging = z.strictObject({
  every_steps: maybe(positive),
  tensorboard: maybe(flag),
  wandb: maybe(wandb),
  save_rollouts: maybe(flag),
});

export const checkpoint = z.strictObject({
  every_steps: positive,
  keep: maybe(positive),
  retain_every_steps: maybe(positive),
  format: maybe(z.enum(['torch_dist', 'torch', 'fsdp_dtensor'])),
  async: maybe(flag),
});

export const serve = z.strictObject({
  engine: name,
  tensor: withDefault(positive, 1, 'one GPU serves the model'),
  pipeline: maybe(positive),
  context_tokens: maybe(positive),
  gpu_memory_fraction: maybe(fraction),
  reasoning_parser: maybe(name),
  extra: maybe(extra),
});
