import * as z from 'zod/mini';
import {
  amount,
  environment,
  flag,
  fraction,
  line,
  listOf,
  maybe,
  name,
  natural,
  part,
  path,
  positive,
  text,
  withDefault,
  wordText,
} from '../../located/words.ts';
import { anyStage, from, resources, serve } from './common.ts';
import { algorithm, reward, rlBatch, rollout } from './rl.ts';
import { layout, parallel, precision, recompute, training } from './training.ts';

/** Downloads what a later stage needs, on the node the site allows. Nothing listed: everything the recipe names. */
const fetchStage = z.strictObject({
  kind: z.literal('fetch'),
  ...anyStage,
  engine: maybe(name),
  models: maybe(z.array(line)),
  datasets: maybe(z.array(name)),
  software: maybe(z.array(name)),
});

/** Tokenises what `copies:` does not have. */
export const prepareStage = z.strictObject({
  kind: z.literal('prepare'),
  ...anyStage,
  mixture: name,
  append_eod: withDefault(flag, true, 'documents are separated, as the blended datasets expect'),
  /** Processes that tokenise one text file. */
  workers: maybe(positive),
  /** Jobs that share the text files out and run at once, before the one that merges. */
  tasks: maybe(positive),
});

/** What is looked at after a conversion: tensors, names, sizes; or the logits of both models as well. */
const verify = withDefault(
  z.enum(['sizes', 'logits']),
  'sizes',
  'headers are read in seconds; logits want a GPU and both models in memory',
);

/** Another vocabulary: the model gets model.vocab_size rows for the tokens of model.tokenizer.from. */
const vocabulary = z.strictObject({
  /** mean: of the rows of the pieces that the old tokenizer makes of a new token. */
  new_rows: withDefault(z.enum(['mean']), 'mean', 'what the Swallow models on Llama 2 and Mistral did'),
});

/** Experts out of a dense model's feed-forward blocks. */
const upcycle = z.strictObject({
  /** Fraction of each expert's intermediate units that begin anew: 0 copies, 0.5 is Drop-Upcycling's best. */
  ratio: part,
  router_std: withDefault(amount, 0.02, 'the gate of Drop-Upcycling (arXiv 2502.19261)'),
  seed: withDefault(natural, 1234, 'the seed of Drop-Upcycling (arXiv 2502.19261)'),
});

/** Hugging Face to the engine's own checkpoint. */
export const importStage = z.strictObject({
  kind: z.literal('import'),
  ...anyStage,
  from,
  to: maybe(name),
  vocabulary: maybe(vocabulary),
  upcycle: maybe(upcycle),
  verify,
});

export const cptStage = z.strictObject({
  kind: z.literal('cpt'),
  ...training,
  sequence_length: positive,
  batch: z.strictObject({
    global_sequences: positive,
    micro_sequences: withDefault(positive, 1, 'the smallest micro-batch always fits'),
  }),
  precision: withDefault(precision, 'bf16', 'what the models of this family are trained in'),
  recompute: withDefault(recompute, 'none', 'activations are kept unless the recipe says otherwise'),
  parallel: z.prefault(
    z.union([
      z.literal('auto'),
      z.extend(layout, {
        sharding: withDefault(
          z.enum(['distributed-optimizer', 'fsdp', 'none']),
          'distributed-optimizer',
          'the optimizer state is spread over the data-parallel ranks',
        ),
      }),
    ]),
    {},
  ),
});

export const sftStage = z.strictObject({
  kind: z.literal('sft'),
  ...training,
  sequence_length: positive,
  batch: z.strictObject({
    /** Conversations a step, counted before packing. */
    global_samples: positive,
    micro_sequences: maybe(positive),
    micro_tokens: maybe(positive),
  }),
  precision: maybe(precision),
  recompute: maybe(recompute),
  parallel: z.prefault(parallel, {}),
});

export const rlvrStage = z.strictObject({
  kind: z.literal('rlvr'),
  ...training,
  sequence_length: maybe(positive),
  batch: rlBatch,
  algorithm,
  rollout,
  reward,
  precision: maybe(precision),
  recompute: maybe(recompute),
  parallel: z.prefault(parallel, {}),
});

/** The engine's own checkpoint back to Hugging Face. */
export const exportStage = z.strictObject({
  kind: z.literal('export'),
  ...anyStage,
  from: from,
  to: withDefault(name, 'huggingface', 'what every evaluation reads'),
  verify,
});

const evaluateStage = z.strictObject({
  kind: z.literal('evaluate'),
  ...anyStage,
  from: from,
  protocol: name,
  tasks: withDefault(z.union([z.literal('all'), listOf(name)]), 'all', 'every task of the protocol'),
  serve: maybe(serve),
  judge: maybe(line),
});

/** Makes data with a model. */
const synthesizeStage = z.strictObject({
  kind: z.literal('synthesize'),
  ...anyStage,
  from: maybe(from),
  model: maybe(line),
  mixture: name,
  prompt: maybe(text),
  to: name,
  serve: maybe(serve),
  samples: maybe(positive),
  temperature: maybe(amount),
  top_p: maybe(fraction),
  max_tokens: maybe(positive),
  data: maybe(z.strictObject({ chat_template: maybe(name), seed: maybe(natural) })),
});

/** Any program. Its fields are documented as programs; braces in argv are checked by recipe/. */
export const commandStage = z.strictObject({
  kind: z.literal('command'),
  title: maybe(line),
  software: name,
  from: maybe(from),
  mixture: maybe(name),
  argv: listOf(wordText),
  /** Name in the job's folder to the file's text. */
  files: maybe(z.record(path, text)),
  ranks: withDefault(z.enum(['per-gpu', 'per-node', 'head', 'ray']), 'head', 'one process on the first node'),
  env: maybe(environment),
  progress: maybe(z.strictObject({ tracker: maybe(path), line: maybe(text) })),
  resources: z.prefault(resources, {}),
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
