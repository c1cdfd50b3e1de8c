import type { Diagnostic } from '../../model/diagnostic.ts';
import { KNOWN_ARCHITECTURES } from '../architectures/index.ts';
import type { StageContext } from '../engine.ts';
import { layoutOf } from '../layout.ts';
import { MEMORY_RULES } from './check-memory.ts';
import { MOE_RULES } from './check-moe.ts';
import { fullPath } from './command.ts';
import { rowsOf } from './flags.ts';
import { divides, legal, type Rule } from './rule.ts';
import type { MegatronSpec } from './spec.ts';

const layers = (s: MegatronSpec): number => layoutOf(s.stage).pipeline;
const tensor = (s: MegatronSpec): number => layoutOf(s.stage).tensor;
const contextParallel = (s: MegatronSpec): number => layoutOf(s.stage).context;
const model = (s: MegatronSpec): number => tensor(s) * layers(s) * contextParallel(s);

const RULES: readonly Rule[] = [
  {
    path: '/model.architecture',
    broken: s => s.architecture.bridgeOnly !== undefined,
    what: s => `${s.architecture.id} cannot be trained with pretrain_gpt.py: ${s.architecture.bridgeOnly}.`,
    why: 'its sizes are known, but Megatron-Bridge, which can train it, is not an engine of this version.',
  },
  ...MOE_RULES,
  ...MEMORY_RULES,
  {
    path: 'parallel',
    broken: s => !divides(model(s), s.context.shape.world),
    what: s =>
      `tensor ${tensor(s)} x pipeline ${layers(s)} x context ${contextParallel(s)} = ${model(s)} does not divide ${s.context.shape.world} GPUs (${s.context.shape.nodes} nodes x ${s.context.shape.gpusPerNode}).`,
    why: 'the data-parallel size must be a whole number: world size / (tensor x pipeline x context).',
  },
  {
    path: 'batch.global_sequences',
    broken: s => divides(model(s), s.context.shape.world) && !divides(s.microBatch * s.dataParallel, s.globalBatch),
    what: s =>
      `global batch ${s.globalBatch} is not divisible by micro batch ${s.microBatch} x data-parallel size ${s.dataParallel} = ${s.microBatch * s.dataParallel}.`,
    why: 'every data-parallel rank does the same number of micro-batches in a step.',
    hint: s => {
      const unit = s.microBatch * s.dataParallel;
      return `nearest that fit: ${Math.max(unit, Math.floor(s.globalBatch / unit) * unit)} and ${Math.ceil(s.globalBatch / unit) * unit}.`;
    },
  },
  {
    path: 'parallel.tensor',
    broken: s => !divides(tensor(s), s.architecture.heads),
    what: s => `${s.architecture.heads} attention heads cannot be split over tensor ${tensor(s)}.`,
    why: 'num_attention_heads must be a multiple of tensor_model_parallel_size.',
    hint: s => `legal: ${legal([1, 2, 4, 8, 16], n => divides(n, s.architecture.heads))}.`,
  },
  {
    path: 'parallel.tensor',
    broken: s => !divides(tensor(s), s.architecture.groups) && !divides(s.architecture.groups, tensor(s)),
    what: s => `${s.architecture.groups} key-value groups and tensor ${tensor(s)} do not divide each other.`,
    why: 'num_query_groups must be a multiple or divisor of tensor_model_parallel_size.',
  },
  {
    path: 'parallel.tensor',
    broken: s => !divides(tensor(s), s.paddedVocabulary) || !divides(tensor(s), s.architecture.ffn),
    what: s =>
      `vocabulary ${s.paddedVocabulary} or feed-forward size ${s.architecture.ffn} is not divisible by tensor ${tensor(s)}.`,
    why: 'Megatron-LM would fail at the first step, after the model is loaded.',
  },
  {
    path: 'parallel.pipeline',
    broken: s => !divides(layers(s), s.architecture.layers),
    what: s => `${s.architecture.layers} layers cannot be split over pipeline ${layers(s)}.`,
    why: 'the number of layers must be divisible by the pipeline-parallel size.',
    hint: s => `legal: ${legal([1, 2, 4, 5, 8, 10, 16], n => divides(n, s.architecture.layers))}.`,
  },
  {
    path: 'parallel.context',
    broken: s => contextParallel(s) > 1 && !divides(2 * contextParallel(s), s.stage.sequence_length),
    what: s => `sequence length ${s.stage.sequence_length} is not a multiple of 2 x context ${contextParallel(s)}.`,
    why: 'seq-length should be a multiple of 2 * context-parallel-size.',
  },
  {
    path: 'sequence_length',
    broken: s => s.stage.sequence_length > s.architecture.maxPositions,
    what: s =>
      `sequence length ${s.stage.sequence_length} is over the ${s.architecture.maxPositions} positions of ${s.architecture.id}.`,
    why: 'the base model has never seen such positions; --max-position-embeddings would have to be raised.',
    hint: () => 'write max_position_embeddings beside model.architecture when this is on purpose.',
  },
  {
    path: 'optimizer.min_lr',
    broken: s => (s.stage.optimizer.min_lr ?? 0) > s.stage.optimizer.lr,
    what: s => `min_lr ${s.stage.optimizer.min_lr} is above lr ${s.stage.optimizer.lr}.`,
    why: '0 <= min-lr <= lr (OptimizerParamScheduler).',
  },
  {
    path: 'schedule.warmup_steps',
    broken: s => (s.warmupSteps ?? 0) >= (s.decaySteps ?? s.context.steps),
    what: s =>
      `warm-up of ${s.warmupSteps} steps does not end before the decay does (${s.decaySteps ?? s.context.steps} steps).`,
    why: 'lr_warmup_steps < lr_decay_steps (OptimizerParamScheduler).',
    hint: s => (s.context.scale > 1 ? 'this is after scaling: take a smaller --scale.' : undefined),
  },
  {
    path: 'checkpoint.retain_every_steps',
    broken: s => s.retainEvery !== undefined && s.saveEvery !== undefined && !divides(s.saveEvery, s.retainEvery),
    what: s =>
      `retain_every_steps ${s.stage.checkpoint?.retain_every_steps} is not a multiple of every_steps ${s.stage.checkpoint?.every_steps}.`,
    why: 'only a step that is saved can be kept.',
  },
  {
    path: 'fp8.param_gather',
    broken: s =>
      Boolean(s.stage.fp8?.param_gather) &&
      (typeof s.stage.parallel !== 'object' || s.stage.parallel.sharding !== 'distributed-optimizer'),
    what: () => 'fp8.param_gather needs parallel.sharding: distributed-optimizer.',
    why: 'fp8_param must be used together with the distributed optimizer or FSDP.',
  },
  {
    path: 'data.seed',
    broken: s => s.stage.data?.seed !== undefined && s.stage.data.seed <= 0,
    what: s => `seed ${s.stage.data?.seed} is not positive.`,
    why: 'seed 0 passes the parser and fails at start-up, on the nodes.',
  },
  {
    path: 'z_loss',
    broken: s => typeof s.stage.z_loss === 'number',
    what: s => `z_loss: ${s.stage.z_loss} is no word of Megatron-LM.`,
    why: 'its forks have --use-z-loss, whose weight cannot be set.',
    hint: () => 'write true or false.',
  },
];

/** The rules as findings; `path` is the full recipe path. */
export const checkSpec = (spec: MegatronSpec): Diagnostic[] =>
  RULES.filter(rule => rule.broken(spec)).map(rule => ({
    code: 'MRT-E002',
    severity: 'error',
    what: rule.what(spec),
    why: rule.why,
    hint: rule.hint?.(spec),
    path: fullPath(rule.path, spec.context.name),
  }));

/** An architecture this version has no sizes for. */
export const unknownArchitecture = (context: StageContext): Diagnostic => ({
  code: 'MRT-E001',
  severity: 'error',
  what: `architecture "${context.model.architecture}" is not in this version.`,
  why: 'its sizes become flags, so they must be known.',
  hint: `known: ${KNOWN_ARCHITECTURES}.`,
  path: 'model.architecture',
});

/** `extra:` words that have a recipe word of their own: two places for one value would disagree one day. */
export const checkExtra = (spec: MegatronSpec): Diagnostic[] =>
  Object.keys(spec.stage.extra ?? {}).flatMap(flag => {
    const row = rowsOf(spec.release).find(each => each.flag === flag);
    if (!row || row.yields || (row.isKernel && !row.of(spec))) return [];
    const path = row.path && fullPath(row.path, spec.context.name);
    return [
      {
        code: 'MRT-E003' as const,
        severity: 'error' as const,
        what: `${flag} is not for extra:.`,
        why: path ? `it has a recipe word: ${path}.` : 'martlet gives it itself.',
        hint: path ? `write it there and remove ${flag} here.` : `remove ${flag}.`,
        path: `stages.${spec.context.name}.extra.${flag}`,
      },
    ];
  });
