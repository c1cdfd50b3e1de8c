import { basename } from 'node:path';
import type { Placement } from '../engines/megatron/place.ts';
import { baseIdFrom, datasetNames, modelFolder, tokenizerIdFrom } from './names.ts';

const DECAYS: Readonly<Record<string, string>> = {
  linear: 'linear',
  cosine: 'cosine',
  constant: 'constant',
  WSD: 'wsd',
  'inverse-square-root': 'inverse-sqrt',
};

/** Keys of a stage in the order of the recipes that come with martlet. */
const ORDER =
  'budget sequence_length batch optimizer schedule z_loss precision fp8 recompute offload parallel moe data validation checkpoint logging'.split(
    ' ',
  );

const INNER = (
  'steps tokens global_sequences micro_sequences name lr min_lr betas eps momentum weight_decay clip_grad decay warmup_steps ' +
  'warmup_from decay_steps cooldown_steps cooldown every_steps batches keep retain_every_steps format async tensorboard wandb split ' +
  'intra_document_masking workers seed'
).split(' ');

/** Inner keys in the order of the recipes that come along; the others behind them. */
const inOrder = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const rank = (key: string): number => (INNER.includes(key) ? INNER.indexOf(key) : INNER.length);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b)));
};

const setAt = (target: Record<string, unknown>, path: string, value: unknown): void => {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) target[key] = value;
  else {
    target[key] ??= {};
    setAt(target[key] as Record<string, unknown>, rest.join('.'), value);
  }
};

/** A router that nobody describes is Megatron-LM's, which is another than the one a recipe gets by itself. */
const settleRouter = (values: Placement['values'], settle: (path: string, value: unknown) => void): void => {
  if (!values.num_experts) return;
  const balancing = [values.moe_router_load_balancing_type].flat()[0];
  settle('moe.balancing', balancing);
  if (!['none', 'sinkhorn'].includes(balancing)) settle('moe.aux_loss', [values.moe_aux_loss_coeff].flat()[0]);
  settle('moe.router_precision', values.moe_router_dtype ?? 'bf16');
  settle('moe.dispatcher', values.moe_token_dispatcher_type);
  settle('moe.grouped_gemm', values.moe_grouped_gemm);
};

/** Where Megatron-LM's default is another than a recipe's, it is written out. */
const withDefaults = (placement: Placement): Map<string, unknown> => {
  const { values, stage } = placement;
  const all = new Map(stage);
  const settle = (path: string, value: unknown) => {
    if (!all.has(path)) all.set(path, value);
  };
  const has = (part: string): boolean => [...all.keys()].some(path => path.startsWith(part));
  settle('optimizer.name', 'adamw');
  settle('precision', 'fp32');
  settle('parallel.sharding', values.use_distributed_optimizer ? 'distributed-optimizer' : 'none');
  settle('logging.every_steps', values.log_interval);
  settleRouter(values, settle);
  if (has('schedule.')) settle('schedule.decay', DECAYS[values.lr_decay_style] ?? 'linear');
  // The only recipe of releases that have no word for it.
  if (all.has('fp8.format')) settle('fp8.recipe', values.fp8_recipe ?? 'delayed');
  else for (const key of [...all.keys()]) if (key.startsWith('fp8.')) all.delete(key);
  if (has('checkpoint.')) settle('checkpoint.every_steps', all.get('budget.steps'));
  if (all.has('validation.every_steps')) settle('validation.batches', values.eval_iters);
  else all.delete('validation.batches');
  if (!all.has('logging.wandb.project'))
    for (const key of [...all.keys()]) if (key.startsWith('logging.wandb')) all.delete(key);
  return all;
};

/** The stage as a recipe writes it, without what the whole recipe decides (from, mixture). */
export const cptStageOf = (placement: Placement): Record<string, unknown> => {
  const flat: Record<string, unknown> = {};
  for (const [path, value] of withDefaults(placement)) setAt(flat, path, value);
  return Object.fromEntries(ORDER.flatMap(key => (flat[key] === undefined ? [] : [[key, inOrder(flat[key])]])));
};

export interface ModelPart {
  readonly model: Record<string, unknown>;
  readonly base: string;
  readonly tokenizerId: string;
  readonly family: string;
}

/** `meta-llama/Llama-3.1-8B config.json` of an architecture's source. */
const hubIdOf = (source: string): string | undefined => /^([\w.-]+\/[\w.-]+) config\.json/.exec(source)?.[1];

/** The `model:` of the recipe: base and tokenizer are named after the folders they lie in. */
export const modelPartOf = (placement: Placement): ModelPart => {
  const recognised = placement.model as NonNullable<Placement['model']>;
  const { architecture, overrides } = recognised;
  const paths = [placement.base, placement.tokenizer].filter(each => each !== undefined);
  const known = hubIdOf(architecture.source) ?? `local/${basename(modelFolder(paths[0] ?? architecture.id))}`;
  const base = baseIdFrom(known, paths);
  const tokenizer = placement.tokenizer === undefined ? undefined : tokenizerIdFrom(placement.tokenizer, base);
  const padded = placement.paddedVocabulary;
  const tokenizerPart = {
    ...(tokenizer === undefined ? {} : { from: tokenizer }),
    ...(padded === undefined ? {} : { padded_vocab_size: padded }),
  };
  return {
    model: {
      base,
      architecture: architecture.id,
      ...(Object.keys(tokenizerPart).length === 0 ? {} : { tokenizer: tokenizerPart }),
      ...overrides,
    },
    base,
    tokenizerId: tokenizer ?? base,
    family: architecture.tokenizerFamily,
  };
};

export interface DataPart {
  readonly datasets: Record<string, unknown>;
  readonly rows: readonly Record<string, unknown>[];
  /** Names of data sets to the prefixes of their files. */
  readonly prefixes: Readonly<Record<string, string>>;
}

/** Data sets by the names of their files; `names` of an earlier stage's same files are kept. */
export const dataPartOf = (placement: Placement): DataPart => {
  const prefixes = [...new Set(placement.blend.map(each => each.prefix))];
  const names = datasetNames(prefixes);
  const nameOf = new Map(prefixes.map((prefix, index) => [prefix, names[index] as string]));
  return {
    datasets: Object.fromEntries(names.map(name => [name, { access: 'by-hand' }])),
    rows: placement.blend.map(({ prefix, weight }) => ({ dataset: nameOf.get(prefix), weight })),
    prefixes: Object.fromEntries(prefixes.map((prefix, index) => [names[index] as string, prefix])),
  };
};
