import type { Diagnostic } from '../../model/diagnostic.ts';
import { KNOWN_ARCHITECTURES } from '../architectures/index.ts';
import type { StageContext } from '../engine.ts';
import { MEMORY_RULES } from './check-memory.ts';
import { MOE_RULES } from './check-moe.ts';
import { fullPath } from './command.ts';
import { divides, type Rule } from './rule.ts';
import type { MegatronSpec } from './spec.ts';

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
    number: 21,
    path: 'sequence_length',
    broken: s => s.stage.sequence_length > s.architecture.maxPositions,
    what: s =>
      `sequence length ${s.stage.sequence_length} is over the ${s.architecture.maxPositions} positions of ${s.architecture.id}.`,
    why: 'the base model has never seen such positions; --max-position-embeddings would have to be raised.',
    hint: () => 'write max_position_embeddings beside model.architecture when this is on purpose.',
  },
  {
    number: 17,
    path: 'checkpoint.retain_every_steps',
    broken: ({ stage: { checkpoint } }) =>
      checkpoint?.retain_every_steps !== undefined && !divides(checkpoint.every_steps, checkpoint.retain_every_steps),
    what: s =>
      `retain_every_steps ${s.stage.checkpoint?.retain_every_steps} is not a multiple of every_steps ${s.stage.checkpoint?.every_steps}.`,
    why: 'only a step that is saved can be kept.',
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
    ...(rule.number === undefined ? {} : { rule: `megatron-${rule.number}` }),
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
