import { activeParameterCount } from '../architectures/architecture.ts';
import type { Pace } from '../engine.ts';
import type { RlvrSpec } from './spec.ts';

/**
 * Shares of the GPU's peak to plan with: sampling is bound by memory, not by arithmetic. Nobody has published numbers for
 * this method; both are guesses, to be replaced by the first steps of a run.
 */
const PLANNED = { training: 0.3, sampling: 0.05, answer: 0.5 } as const;
const SOURCE =
  'a guess: 30 % of the peak while training, 5 % while sampling, answers half as long as they may be; the first steps tell';

/** FLOPs of one token forward; training adds twice as much backward. */
const FORWARD = 2;

/** Time of one step: sampling, the passes over old (and reference) log-probs, and the update. */
export const paceOf = (spec: RlvrSpec): Pace | undefined => {
  const { architecture, context, stage } = spec;
  const peak = context.peakTflops;
  if (!architecture || !peak) return undefined;
  const tokens =
    stage.batch.prompts *
    stage.algorithm.group_size *
    (stage.rollout.prompt_tokens + stage.rollout.response_tokens * PLANNED.answer);
  const forward = FORWARD * activeParameterCount(architecture) * tokens;
  const passes = (typeof stage.algorithm.kl === 'object' ? 2 : 1) + 3 * (stage.algorithm.epochs_per_batch ?? 1);
  const peakFlops = context.shape.world * peak * 1e12;
  const secondsPerStep = (forward * passes) / (peakFlops * PLANNED.training) + forward / (peakFlops * PLANNED.sampling);
  const flopsPerStep = forward * (passes + 1);
  return { flopsPerStep, secondsPerStep, mfu: flopsPerStep / (secondsPerStep * peakFlops), source: SOURCE };
};
