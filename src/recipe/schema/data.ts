import * as z from 'zod/mini';
import {
  above0,
  amount,
  count,
  described,
  flag,
  line,
  listOf,
  maybe,
  name,
  number,
  part,
  pattern,
  positive,
  text,
  weight,
  withDefault,
} from '../../located/words.ts';

const scalar = z.union([line, number, flag]);

/** Rows to keep, by column: equal to a value, one of several, or a test. */
const filter = z.record(
  line,
  z.union([
    scalar,
    listOf(scalar),
    z.strictObject({
      contains: maybe(text),
      matches: maybe(text),
      not: maybe(scalar),
      min: maybe(z.number()),
      max: maybe(z.number()),
    }),
  ]),
);

const hub = {
  hub: maybe(
    pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)?$/, 'the id of a dataset on the hub: ORG/NAME'),
  ),
  config: maybe(line),
  revision: maybe(line),
  license: maybe(line),
  url: maybe(line),
  origin: maybe(line),
  select: maybe(line),
  split: maybe(line),
  tokens: maybe(count),
  reader: maybe(name),
  columns: maybe(z.record(name, line)),
  filter: maybe(filter),
};

/** What exists, never where it lies: that is the overlay's `copies:`. */
export const dataset = z.strictObject({
  ...hub,
  title: maybe(line),
  note: maybe(text),
  access: withDefault(z.enum(['open', 'gated', 'closed', 'by-hand']), 'open', 'nothing says that it is not'),
  /** True or false where a name does not tell; known sets are recognised by their hub id. */
  reasoning: maybe(flag),
  language: maybe(line),
  substitute: maybe(z.strictObject({ ...hub, title: maybe(line), note: maybe(text) })),
});

/** One row; one way each of weight, share, epochs, samples, and one way for the whole mixture. */
export const mixtureRow = z.strictObject({
  dataset: name,
  weight: maybe(z.union([weight, z.record(name, weight)])),
  share: maybe(part),
  epochs: maybe(amount),
  samples: maybe(described(z.union([count, z.literal('all')]), 'a count, or all')),
  split: maybe(line),
  template: maybe(name),
  note: maybe(text),
});

export const mixture = listOf(mixtureRow);

/** Sizes come from `architecture`; overrides beside it use the names of config.json. */
export const model = z.strictObject({
  base: line,
  revision: maybe(line),
  architecture: name,
  tokenizer: maybe(
    z.strictObject({
      from: maybe(line),
      revision: maybe(line),
      padded_vocab_size: maybe(positive),
    }),
  ),
  license: maybe(line),
  num_hidden_layers: maybe(positive),
  hidden_size: maybe(positive),
  intermediate_size: maybe(positive),
  num_attention_heads: maybe(positive),
  num_key_value_heads: maybe(positive),
  head_dim: maybe(positive),
  vocab_size: maybe(positive),
  rope_theta: maybe(above0),
  rms_norm_eps: maybe(above0),
  max_position_embeddings: maybe(positive),
  tie_word_embeddings: maybe(flag),
  initializer_range: maybe(above0),
  num_experts: maybe(positive),
  num_experts_per_tok: maybe(positive),
  moe_intermediate_size: maybe(positive),
});
