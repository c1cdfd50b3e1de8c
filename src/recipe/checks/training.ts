import type { Diagnostic } from '../../model/diagnostic.ts';
import { countPrecision, formatCount, numberText } from '../../model/units.ts';
import type { ResolvedRecipe } from '../resolved.ts';
import type { CptStage, RlvrStage, SftStage } from '../schema.ts';
import { finding } from './finding.ts';

type Training = CptStage | SftStage | RlvrStage;

/** What one step sees: tokens for continual pre-training, samples for fine-tuning. */
const perStep = (
  stage: Training,
): { readonly unit: 'tokens' | 'samples'; readonly amount: number; readonly words: string } | undefined => {
  if (stage.kind === 'cpt') {
    const { global_sequences } = stage.batch;
    const words = `${global_sequences} sequences x ${stage.sequence_length} tokens`;
    return { unit: 'tokens', amount: global_sequences * stage.sequence_length, words };
  }
  if (stage.kind === 'sft')
    return { unit: 'samples', amount: stage.batch.global_samples, words: `${stage.batch.global_samples} samples` };
  return undefined;
};

/** Steps decide; tokens (or samples), when also given, must agree to the digits written: 210B may be 209.715B. */
const budgets = (resolved: ResolvedRecipe, name: string, stage: Training): Diagnostic[] => {
  const { steps } = stage.budget;
  const each = perStep(stage);
  const path = `stages.${name}.budget`;
  if (Object.keys(stage.budget).length === 0)
    return [
      finding(resolved, 'MRT-R028', path, {
        what: `${path} says no amount.`,
        hint: 'add steps, tokens, samples or epochs.',
      }),
    ];
  const asked = each && stage.budget[each.unit];
  if (!each || steps === undefined || asked === undefined) return [];
  const seen = steps * each.amount;
  const written = resolved.writtenText(`${path}.${each.unit}`) ?? String(asked);
  // Half a unit of the last digit, and a hair for the floating point.
  if (Math.abs(seen - asked) <= countPrecision(written) * (1 + 1e-9)) return [];
  // Other steps are only offered where they give what was asked.
  const others = Math.round(asked / each.amount);
  const orSteps = Math.abs(others * each.amount - asked) <= countPrecision(written) ? `, or steps: ${others}` : '';
  return [
    finding(resolved, 'MRT-R026', `${path}.${each.unit}`, {
      what: `${steps} steps see ${formatCount(seen)} ${each.unit}, not ${written}.`,
      why: `${steps} steps x ${each.words} = ${seen}.`,
      hint: `write ${each.unit}: ${formatCount(seen)}${orSteps}.`,
    }),
  ];
};

/** The last step that a schedule knows: where the decay ends, or the budget. */
const horizon = (stage: Training): number | undefined => stage.schedule?.decay_steps ?? stage.budget.steps;

const schedules = (resolved: ResolvedRecipe, name: string, stage: Training): Diagnostic[] => {
  const { optimizer, schedule } = stage;
  const path = `stages.${name}`;
  const end = horizon(stage);
  const rules: readonly (readonly [broken: boolean, key: string, what: string])[] = [
    [
      (schedule?.warmup_steps ?? 0) > (end ?? Number.POSITIVE_INFINITY),
      'schedule.warmup_steps',
      `the warm-up takes ${schedule?.warmup_steps} steps, and the schedule ends after ${end}.`,
    ],
    [
      (optimizer.min_lr ?? 0) > optimizer.lr,
      'optimizer.min_lr',
      `min_lr ${numberText(optimizer.min_lr ?? 0)} is above lr ${numberText(optimizer.lr)}.`,
    ],
    [
      (schedule?.warmup_from ?? 0) > optimizer.lr,
      'schedule.warmup_from',
      `the warm-up begins at ${numberText(schedule?.warmup_from ?? 0)}, above lr ${numberText(optimizer.lr)}.`,
    ],
    [
      schedule?.cooldown_steps !== undefined && schedule.decay !== 'wsd',
      'schedule.cooldown_steps',
      `cooldown_steps means nothing with decay: ${schedule?.decay}.`,
    ],
    [
      (schedule?.cooldown_steps ?? 0) > (end ?? Number.POSITIVE_INFINITY),
      'schedule.cooldown_steps',
      `the cool-down takes ${schedule?.cooldown_steps} steps of ${end}.`,
    ],
  ];
  return rules
    .filter(([broken]) => broken)
    .map(([, key, what]) => finding(resolved, 'MRT-R027', `${path}.${key}`, { what }));
};

/** Numbers of one training stage that contradict each other. */
export const checkTraining = (resolved: ResolvedRecipe): Diagnostic[] =>
  Object.entries(resolved.recipe.stages).flatMap(([name, stage]) =>
    stage.kind === 'cpt' || stage.kind === 'sft' || stage.kind === 'rlvr'
      ? [...budgets(resolved, name, stage), ...schedules(resolved, name, stage)]
      : [],
  );
