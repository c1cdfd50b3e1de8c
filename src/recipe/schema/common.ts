import * as z from 'zod';
import {
  bytes,
  count,
  environmentValue,
  line,
  name,
  once,
  seconds,
  text,
  variable,
  withDefault,
} from '../../located/words.ts';

/** What every stage may ask for. `gpus` is the same on every site; nodes, type and walltime are for what only a site decides. */
export const resources = z.strictObject({
  gpus: z.union([z.int().positive(), z.literal('auto')]).optional(),
  nodes: z.union([z.int().positive(), z.literal('auto')]).optional(),
  cpus: z.int().positive().optional(),
  memory: bytes().optional(),
  walltime: seconds().optional(),
  type: name().optional(),
});

/** A stage, `stage@step`, `base`, or a model's id; a list where several are taken. */
const source = once(() =>
  z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_./-]*(@[0-9]+)?$/)
    .meta({ description: 'base, the name of a stage, or STAGE@STEP' }),
);
export const from = once(() =>
  z.union([source(), z.array(source()).min(1)]).meta({ description: 'base, a stage, STAGE@STEP, or a list of them' }),
);

/** Words passed through to the program: true is a bare flag, a list is separate words. */
export const extra = z.record(
  text().min(1),
  z.union([z.boolean(), z.number(), text(), z.null(), z.array(z.union([z.number(), text(), z.boolean()]))]).meta({
    description: 'true, false, a number, text, or a list of them',
  }),
);

export const environment = z.record(variable(), environmentValue());

/** Keys of every stage. `title` is free text. */
export const anyStage = {
  engine: name(),
  title: line().optional(),
  env: environment.optional(),
  resources: resources.prefault({}),
  extra: extra.optional(),
};

/** What to do until when. Steps decide; tokens, when also given, must agree to the digits written. */
export const budget = z.strictObject({
  steps: z.int().positive().optional(),
  tokens: count().optional(),
  samples: count().optional(),
  epochs: z.number().positive().optional(),
});

export const wandb = z.strictObject({
  project: line(),
  entity: line().optional(),
  group: line().optional(),
  name: line().optional(),
});

export const logging = z.strictObject({
  every_steps: z.int().positive().optional(),
  tensorboard: z.boolean().optional(),
  wandb: wandb.optional(),
  save_rollouts: z.boolean().optional(),
});

export const checkpoint = z.strictObject({
  every_steps: z.int().positive(),
  keep: z.int().positive().optional(),
  retain_every_steps: z.int().positive().optional(),
  format: z.enum(['torch_dist', 'torch', 'fsdp_dtensor']).optional(),
  async: z.boolean().optional(),
});

export const serve = z.strictObject({
  engine: name(),
  tensor: withDefault(z.int().positive(), 1, 'one GPU serves the model'),
  pipeline: z.int().positive().optional(),
  context_tokens: z.int().positive().optional(),
  gpu_memory_fraction: z.number().gt(0).max(1).optional(),
  reasoning_parser: name().optional(),
  extra: extra.optional(),
});
