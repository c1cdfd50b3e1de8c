import * as z from 'zod/mini';
import { described, flag, line, listOf, maybe, name, number, pattern, text } from '../../located/words.ts';
import { dataset, mixture, model } from './data.ts';
import { stage } from './stages.ts';

export const source = z.strictObject({
  title: line,
  url: maybe(line),
  repo: maybe(line),
  path: maybe(line),
  commit: maybe(line),
  date: maybe(line),
  note: maybe(text),
});

const recipePath = pattern(/^[A-Za-z][A-Za-z0-9_-]*(\..+)?$/, 'a full path, such as stages.cpt.optimizer.lr');

/** Where numbers come from. The longest path wins; `says` records that the source has another value than this recipe. */
export const evidence = z.strictObject({
  status: z.enum(['published', 'script', 'inferred', 'suggested']),
  source: name,
  paths: listOf(recipePath),
  says: maybe(z.union([flag, number, text])),
  note: maybe(text),
});

/** The authors' table for one model. Two published values stay two rows. */
export const published = z.strictObject({
  /** The stage whose model this is, or a model id for the neighbours in the table. */
  of: line,
  model: maybe(line),
  protocol: name,
  source: name,
  scores: z.record(name, number),
  note: maybe(text),
});

export const software = z.strictObject({
  repo: maybe(line),
  release: maybe(line),
  commit: maybe(line),
  image: maybe(line),
  /** The file whose defaults fill what nobody says. */
  config: maybe(line),
  entry: maybe(line),
  note: maybe(text),
});

const values = listOf(z.unknown());

/** Full paths to lists of values: the product of all, and `zip` for lists that go together. */
const together = z.record(recipePath, values);
export const sweep = described(
  z.catchall(z.object({ zip: maybe(z.union([together, z.array(together)])) }), values),
  'full paths to lists of values; zip for lists that go together',
);

export const recipe = z.strictObject({
  martlet: z.literal(1),
  base: maybe(line),
  name: name,
  title: maybe(line),
  note: maybe(text),
  sources: maybe(z.record(name, source)),
  software: z.prefault(z.record(name, software), {}),
  model,
  datasets: z.prefault(z.record(name, dataset), {}),
  mixtures: z.prefault(z.record(name, mixture), {}),
  stages: z.record(name, stage),
  per_cluster: maybe(z.record(name, z.looseObject({}))),
  evidence: maybe(z.array(evidence)),
  published: maybe(z.array(published)),
  sweep: maybe(sweep),
});
