import * as z from 'zod/mini';
import {
  above0,
  count,
  described,
  flag,
  line,
  listOf,
  maybe,
  name,
  path,
  pattern,
  variable,
} from '../../located/words.ts';
import { LAUNCHERS, modules, optional, paths, profile, RUNTIMES, required, resourceType } from './profile.ts';

/** `12000000JPY`: an amount and its currency. */
const money = described(
  z.pipe(
    z.string().check(z.regex(/^[0-9]+(\.[0-9]+)?[A-Z]{3}$/)),
    z.transform((written: string) => ({ amount: Number(written.slice(0, -3)), currency: written.slice(-3) })),
  ),
  'an amount with its currency, such as 12000000JPY',
);

/**
 * What a site has already: `hf:ORG/NAME`, `dataset:NAME@TOKENIZER`, `text:NAME` (JSONL to tokenise: a file, a folder, or a
 * pattern such as /data/ja/*.jsonl), `megatron:NAME`, `template:NAME`.
 */
const copyKey = pattern(
  /^(hf:[^\s@]+|dataset:[A-Za-z][A-Za-z0-9_.-]*@\S+|text:[A-Za-z][A-Za-z0-9_.-]*|megatron:\S+|template:\S+)$/,
  'hf:ORG/NAME, dataset:NAME@TOKENIZER, text:NAME, megatron:NAME or template:NAME',
);

const copiedFile = z.strictObject({ prefix: path, tokens: maybe(count), part: maybe(name) });
export const copy = z.union([path, z.strictObject({ files: listOf(copiedFile) })]);

/** How one program of a recipe's `software:` is to be had here. */
const environmentOf = z.strictObject({
  image: maybe(path),
  runtime: maybe(z.enum(RUNTIMES)),
  modules: maybe(modules),
  activate: maybe(path),
  code: maybe(path),
  ranks: maybe(z.enum(['per-node', 'per-gpu'])),
  launcher: maybe(z.enum(LAUNCHERS)),
  launcher_args: maybe(z.array(line)),
});

const clockTime = pattern(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "a time of day in quotes, such as '01:00'");
const occasion = z.enum(['started', 'ended', 'failed', 'asks', 'stalled', 'budget', 'resumed']);

export const notify = z.strictObject({
  webhook: maybe(z.strictObject({ secret: variable })),
  mail: maybe(line),
  when: maybe(z.array(occasion)),
  quiet: maybe(z.strictObject({ from: clockTime, to: clockTime, except: maybe(z.array(occasion)) })),
});

/** Limits that refuse: the run's total over all segments. */
export const spend = z.strictObject({
  max_node_hours: maybe(above0),
  max_cost: maybe(money),
  tariff: maybe(line),
});

/** Keys only a person's overlay has; none of them is a training choice. */
export const own = {
  account: maybe(line),
  reservation: maybe(line),
  priority: maybe(name),
  service: maybe(name),
  resource_type: maybe(line),
  spend: maybe(spend),
  copies: maybe(z.record(copyKey, copy)),
  environments: maybe(z.record(name, environmentOf)),
  /** The person's own bash, sourced on every node before anything else. */
  prologue: maybe(path),
  wandb: maybe(z.strictObject({ entity: maybe(line), project: maybe(line), base_url: maybe(line) })),
  /** Files on the far side; a secret's text is never in a file of ours. */
  secrets: maybe(z.record(variable, z.strictObject({ file: path }))),
  notify: maybe(notify),
  /** Files are shared with the group: group-writable modes. */
  group: maybe(flag),
};

export const overlay = z.strictObject({
  martlet: z.literal(1),
  name: maybe(name),
  title: maybe(line),
  ...z.partial(z.strictObject(required)).shape,
  ...optional,
  resource_types: maybe(z.record(line, z.partial(resourceType))),
  paths: maybe(z.partial(paths)),
  ...own,
});

/** A profile with an overlay merged into it. */
export const merged = z.extend(profile, own);
