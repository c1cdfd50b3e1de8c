import * as z from 'zod';
import { count, line, name, text, weight, withDefault } from '../../located/words.ts';

const scalar = z.union([line(), z.number(), z.boolean()]);

/** Rows to keep, by column: equal to a value, one of several, or a test. */
const filter = z.record(
  line(),
  z.union([
    scalar,
    z.array(scalar).min(1),
    z.strictObject({
      contains: text().optional(),
      matches: text().optional(),
      not: scalar.optional(),
      min: z.number().optional(),
      max: z.number().optional(),
    }),
  ]),
);

const hub = {
  hub: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)?$/)
    .meta({ description: 'the id of a dataset on the hub: ORG/NAME' })
    .optional(),
  config: line().optional(),
  revision: line().optional(),
  license: line().optional(),
  url: line().optional(),
  origin: line().optional(),
  select: line().optional(),
  split: line().optional(),
  tokens: count().optional(),
  reader: name().optional(),
  columns: z.record(name(), line()).optional(),
  filter: filter.optional(),
};

/** What exists, never where it lies: that is the overlay's `copies:`. */
export const dataset = z.strictObject({
  ...hub,
  title: line().optional(),
  note: text().optional(),
  access: withDefault(z.enum(['open', 'gated', 'closed', 'by-hand']), 'open', 'nothing says that it is not'),
  /** True or false where a name does not tell; known sets are recognised by their hub id. */
  reasoning: z.boolean().optional(),
  language: line().optional(),
  substitute: z.strictObject({ ...hub, title: line().optional(), note: text().optional() }).optional(),
});

/** One row; one way each of weight, share, epochs, samples, and one way for the whole mixture. */
export const mixtureRow = z.strictObject({
  dataset: name(),
  weight: z.union([weight(), z.record(name(), weight())]).optional(),
  share: z.number().min(0).max(1).optional(),
  epochs: z.number().nonnegative().optional(),
  samples: z
    .union([count(), z.literal('all')])
    .meta({ description: 'a count, or all' })
    .optional(),
  split: line().optional(),
  template: name().optional(),
  note: text().optional(),
});

export const mixture = z.array(mixtureRow).min(1);

/** Sizes come from `architecture`; overrides beside it use the names of config.json. */
export const model = z.strictObject({
  base: line(),
  revision: line().optional(),
  architecture: name(),
  tokenizer: z
    .strictObject({
      from: line().optional(),
      revision: line().optional(),
      padded_vocab_size: z.int().positive().optional(),
    })
    .optional(),
  license: line().optional(),
  num_hidden_layers: z.int().positive().optional(),
  hidden_size: z.int().positive().optional(),
  intermediate_size: z.int().positive().optional(),
  num_attention_heads: z.int().positive().optional(),
  num_key_value_heads: z.int().positive().optional(),
  head_dim: z.int().positive().optional(),
  vocab_size: z.int().positive().optional(),
  rope_theta: z.number().positive().optional(),
  rms_norm_eps: z.number().positive().optional(),
  max_position_embeddings: z.int().positive().optional(),
  tie_word_embeddings: z.boolean().optional(),
  initializer_range: z.number().positive().optional(),
  num_experts: z.int().positive().optional(),
  num_experts_per_tok: z.int().positive().optional(),
  moe_intermediate_size: z.int().positive().optional(),
});
