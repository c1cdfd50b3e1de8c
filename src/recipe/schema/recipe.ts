import * as z from 'zod';
import { line, name, once, text } from '../../located/words.ts';
import { dataset, mixture, model } from './data.ts';
import { stage } from './stages.ts';

export const source = z.strictObject({
  title: line(),
  url: line().optional(),
  repo: line().optional(),
  path: line().optional(),
  commit: line().optional(),
  date: line().optional(),
  note: text().optional(),
});

const recipePath = once(() =>
  z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]*(\..+)?$/)
    .meta({ description: 'a full path, such as stages.cpt.optimizer.lr' }),
);

/** Where numbers come from. The longest path wins; `says` records that the source has another value than this recipe. */
export const evidence = z.strictObject({
  status: z.enum(['published', 'script', 'inferred', 'suggested']),
  source: name(),
  paths: z.array(recipePath()).min(1),
  says: z.union([z.boolean(), z.number(), text()]).optional(),
  note: text().optional(),
});

/** The authors' table for one model. Two published values stay two rows. */
export const published = z.strictObject({
  /** The stage whose model this is, or a model id for the neighbours in the table. */
  of: line(),
  model: line().optional(),
  protocol: name(),
  source: name(),
  scores: z.record(name(), z.number()),
  note: text().optional(),
});

export const software = z.strictObject({
  repo: line().optional(),
  release: line().optional(),
  commit: line().optional(),
  image: line().optional(),
  /** The file whose defaults fill what nobody says. */
  config: line().optional(),
  entry: line().optional(),
  note: text().optional(),
});

const values = z.array(z.unknown()).min(1);

/** Full paths to lists of values: the product of all, and `zip` for lists that go together. */
export const sweep = z
  .strictObject({ zip: z.union([z.record(recipePath(), values), z.array(z.record(recipePath(), values))]).optional() })
  .catchall(values)
  .meta({ description: 'full paths to lists of values; zip for lists that go together' });

export const recipe = z.strictObject({
  martlet: z.literal(1),
  base: line().optional(),
  name: name(),
  title: line().optional(),
  note: text().optional(),
  sources: z.record(name(), source).optional(),
  software: z.record(name(), software).prefault({}),
  model,
  datasets: z.record(name(), dataset).prefault({}),
  mixtures: z.record(name(), mixture).prefault({}),
  stages: z.record(name(), stage),
  per_cluster: z.record(name(), z.looseObject({})).optional(),
  evidence: z.array(evidence).optional(),
  published: z.array(published).optional(),
  sweep: sweep.optional(),
});
