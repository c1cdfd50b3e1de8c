import * as z from 'zod';
import { line, name, once, path, text, withDefault } from '../../located/words.ts';
import { anyStage, environment, from, resources, serve } from './common.ts';
import { algorithm, reward, rlBatch, rollout } from './rl.ts';
import { layout, parallel, precision, recompute, training } from './training.ts';

const positive = once(() => z.int().positive());

/** Downloads what a later stage needs, on the node the site allows. Nothing listed: everything the recipe names. */
export const fetchStage = z.strictObject({
  kind: z.literal('fetch'),
  ...anyStage,
  engine: name().optional(),
  models: z.array(line()).optional(),
  datasets: z.array(name()).optional(),
  software: z.array(name()).optional(),
});

/** Tokenises what `copies:` does not have. */
export const prepareStage = z.strictObject({
  kind: z.literal('prepare'),
  ...anyStage,
  mixture: name(),
  append_eod: withDefault(z.boolean(), true, 'documents are separated, as the blended datasets expect'),
  workers: positive().optional(),
});

/** Hugging Face to the engine's own checkpoint. */
export const importStage = z.strictObject({
  kind: z.literal('import'),
  ...anyStage,
  from: from(),
  to: name().optional(),
});

export const cptStage = z.strictObject({
  kind: z.literal('cpt'),
  ...training,
  sequence_length: positive(),
  batch: z.strictObject({
    global_sequences: positive(),
    micro_sequences: withDefault(positive(), 1, 'the smallest micro-batch always fits'),
  }),
  precision: withDefault(precision, 'bf16', 'what the models of this family are trained in'),
  recompute: withDefault(recompute, 'none', 'activations are kept unless the recipe says otherwise'),
  parallel: z
    .union([
      z.literal('auto'),
      layout.extend({
        sharding: withDefault(
          z.enum(['distributed-optimizer', 'fsdp', 'none']),
          'distributed-optimizer',
          'the optimizer state is spread over the data-parallel ranks',
        ),
      }),
    ])
    .prefault({}),
});

export const sftStage = z.strictObject({
  kind: z.literal('sft'),
  ...training,
  sequence_length: positive(),
  batch: z.strictObject({
    /** Conversations a step, counted before packing. */
    global_samples: positive(),
    micro_sequences: positive().optional(),
    micro_tokens: positive().optional(),
  }),
  precision: precision.optional(),
  recompute: recompute.optional(),
  parallel: parallel.prefault({}),
});

export const rlvrStage = z.strictObject({
  kind: z.literal('rlvr'),
  ...training,
  sequence_length: positive().optional(),
  batch: rlBatch,
  algorithm,
  rollout,
  reward,
  precision: precision.optional(),
  recompute: recompute.optional(),
  parallel: parallel.prefault({}),
});

/** The engine's own checkpoint back to Hugging Face. */
export const exportStage = z.strictObject({
  kind: z.literal('export'),
  ...anyStage,
  from: from(),
  to: withDefault(name(), 'huggingface', 'what every evaluation reads'),
});

export const evaluateStage = z.strictObject({
  kind: z.literal('evaluate'),
  ...anyStage,
  from: from(),
  protocol: name(),
  tasks: withDefault(z.union([z.literal('all'), z.array(name()).min(1)]), 'all', 'every task of the protocol'),
  serve: serve.optional(),
  judge: line().optional(),
});

/** Makes data with a model. */
export const synthesizeStage = z.strictObject({
  kind: z.literal('synthesize'),
  ...anyStage,
  from: from().optional(),
  model: line().optional(),
  mixture: name(),
  prompt: text().optional(),
  to: name(),
  serve: serve.optional(),
  samples: positive().optional(),
  temperature: z.number().nonnegative().optional(),
  top_p: z.number().gt(0).max(1).optional(),
  max_tokens: positive().optional(),
  data: z.strictObject({ chat_template: name().optional(), seed: z.int().nonnegative().optional() }).optional(),
});

/** Any program. Its fields are documented as programs; braces in argv are checked by recipe/. */
export const commandStage = z.strictObject({
  kind: z.literal('command'),
  title: line().optional(),
  software: name(),
  from: from().optional(),
  mixture: name().optional(),
  argv: z.array(z.union([text(), z.number().transform(String)])).min(1),
  /** Name in the job's folder to the file's text. */
  files: z.record(path(), text()).optional(),
  ranks: withDefault(z.enum(['per-gpu', 'per-node', 'head', 'ray']), 'head', 'one process on the first node'),
  env: environment.optional(),
  progress: z.strictObject({ tracker: path().optional(), line: text().optional() }).optional(),
  resources: resources.prefault({}),
});

export const stage = z.discriminatedUnion('kind', [
  fetchStage,
  prepareStage,
  importStage,
  cptStage,
  sftStage,
  rlvrStage,
  exportStage,
  evaluateStage,
  synthesizeStage,
  commandStage,
]);
