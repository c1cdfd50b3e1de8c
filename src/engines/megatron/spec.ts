import type { CptStage } from '../../recipe/schema.ts';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureOf } from '../architectures/index.ts';
import type { StageContext } from '../engine.ts';
import { layoutOf } from '../layout.ts';
import { RELEASES, releaseOf } from './releases/index.ts';
import type { Release } from './releases/release.ts';

/** What the flag table reads: the stage, its model's sizes after overrides, and the scaled step counts of a rehearsal. */
export interface MegatronSpec {
  readonly context: StageContext;
  readonly stage: CptStage;
  readonly release: Release;
  readonly architecture: Architecture;
  readonly paddedVocabulary: number;
  readonly dataParallel: number;
  readonly globalBatch: number;
  readonly microBatch: number;
  readonly warmupSteps: number | undefined;
  readonly decaySteps: number | undefined;
  readonly cooldownSteps: number | undefined;
  readonly saveEvery: number | undefined;
  readonly retainEvery: number | undefined;
  readonly evaluateEvery: number;
}

/** The split of the model as it is written; undefined: `auto`. */
export const parallelOf = ({ stage }: MegatronSpec) =>
  typeof stage.parallel === 'object' ? stage.parallel : undefined;

/** Steps divided by a rehearsal's scale, never below 1. */
export const scaled = (steps: number, scale: number): number => Math.max(1, Math.round(steps / scale));

/** An interval that has to stay a multiple of another one after scaling (save-retain-interval % save-interval = 0). */
const scaledMultiple = (steps: number, of: number, scale: number): number =>
  scaled(of, scale) * Math.max(1, Math.round(steps / of));

/** Everything the table needs, from a stage of kind cpt; undefined for an unknown architecture. */
export const specOf = (context: StageContext): MegatronSpec | undefined => {
  const stage = context.stage as CptStage;
  const architecture = architectureOf(context.model);
  if (!architecture) return undefined;
  const at = (steps: number | undefined): number | undefined =>
    steps === undefined ? undefined : scaled(steps, context.scale);
  const { tensor, pipeline, context: sequence } = layoutOf(stage);
  const dataParallel = context.shape.world / (tensor * pipeline * sequence);
  const every = stage.checkpoint?.every_steps;
  const retain = stage.checkpoint?.retain_every_steps;
  return {
    context,
    stage,
    // One that is not known is a finding of its own (MRT-E004); its other findings are those of the newest.
    release: releaseOf(context.release) ?? (RELEASES[0] as Release),
    architecture,
    paddedVocabulary: context.model.tokenizer?.padded_vocab_size ?? architecture.vocabulary,
    dataParallel,
    globalBatch: stage.batch.global_sequences,
    microBatch: stage.batch.micro_sequences ?? 1,
    // A schedule whose warm-up is 0 has none; scaling must not give it one.
    warmupSteps: stage.schedule?.warmup_steps === 0 ? 0 : at(stage.schedule?.warmup_steps),
    decaySteps: at(stage.schedule?.decay_steps),
    cooldownSteps: at(stage.schedule?.cooldown_steps),
    saveEvery: at(every),
    retainEvery: every && retain ? scaledMultiple(retain, every, context.scale) : undefined,
    evaluateEvery: stage.validation ? scaled(stage.validation.every_steps, context.scale) : context.steps,
  };
};
