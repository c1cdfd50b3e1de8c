import * as z from 'zod';
import { count, line, name, path, variable } from '../../located/words.ts';
import { LAUNCHERS, modules, optional, paths, profile, RUNTIMES, required, resourceType } from './profile.ts';

/** `12000000JPY`: an amount and its currency. */
const money = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)?[A-Z]{3}$/)
  .transform(written => ({ amount: Number(written.slice(0, -3)), currency: written.slice(-3) }))
  .meta({ description: 'an amount with its currency, such as 12000000JPY' });

/** What a site has already: `hf:ORG/NAME`, `dataset:NAME@TOKENIZER`, `megatron:NAME`, `template:NAME`. */
const copyKey = z
  .string()
  .regex(/^(hf:[^\s@]+|dataset:[A-Za-z][A-Za-z0-9_.-]*@\S+|megatron:\S+|template:\S+)$/)
  .meta({ description: 'hf:ORG/NAME, dataset:NAME@TOKENIZER, megatron:NAME or template:NAME' });

const copiedFile = z.strictObject({ prefix: path(), tokens: count().optional(), part: name().optional() });
export const copy = z.union([path(), z.strictObject({ files: z.array(copiedFile).min(1) })]);

/** How one program of a recipe's `software:` is to be had here. */
export const environmentOf = z.strictObject({
  image: path().optional(),
  runtime: z.enum(RUNTIMES).optional(),
  modules: modules.optional(),
  activate: path().optional(),
  code: path().optional(),
  ranks: z.enum(['per-node', 'per-gpu']).optional(),
  launcher: z.enum(LAUNCHERS).optional(),
  launcher_args: z.array(line()).optional(),
});

const clockTime = z
  .string()
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
  .meta({ description: "a time of day in quotes, such as '01:00'" });
const occasion = z.enum(['started', 'ended', 'failed', 'asks', 'stalled', 'budget', 'resumed']);

export const notify = z.strictObject({
  webhook: z.strictObject({ secret: variable() }).optional(),
  mail: line().optional(),
  when: z.array(occasion).optional(),
  quiet: z.strictObject({ from: clockTime, to: clockTime, except: z.array(occasion).optional() }).optional(),
});

/** Limits that refuse: the run's total over all segments. */
export const spend = z.strictObject({
  max_node_hours: z.number().positive().optional(),
  max_cost: money.optional(),
  tariff: line().optional(),
});

/** Keys only a person's overlay has; none of them is a training choice. */
export const own = {
  account: line().optional(),
  reservation: line().optional(),
  priority: name().optional(),
  service: name().optional(),
  resource_type: line().optional(),
  spend: spend.optional(),
  copies: z.record(copyKey, copy).optional(),
  environments: z.record(name(), environmentOf).optional(),
  /** The person's own bash, sourced on every node before anything else. */
  prologue: path().optional(),
  wandb: z
    .strictObject({ entity: line().optional(), project: line().optional(), base_url: line().optional() })
    .optional(),
  /** Files on the far side; a secret's text is never in a file of ours. */
  secrets: z.record(variable(), z.strictObject({ file: path() })).optional(),
  notify: notify.optional(),
  /** Files are shared with the group: group-writable modes. */
  group: z.boolean().optional(),
};

export const overlay = z.strictObject({
  martlet: z.literal(1),
  name: name().optional(),
  title: line().optional(),
  ...z.strictObject(required).partial().shape,
  ...optional,
  resource_types: z.record(line(), resourceType.partial()).optional(),
  paths: paths.partial().optional(),
  ...own,
});

/** A profile with an overlay merged into it. */
export const merged = profile.extend(own);
