import type { Stage } from '../recipe/schema.ts';

const budgetOf = (stage: Stage) => ('budget' in stage ? stage.budget : undefined);

export const tokensPerStep = (stage: Stage): number | undefined =>
  stage.kind === 'cpt' ? stage.batch.global_sequences * stage.sequence_length : undefined;

/** Steps decide; with tokens alone they are tokens / tokens per step, rounded up. */
export const stepsOf = (stage: Stage): number | undefined => {
  const budget = budgetOf(stage);
  if (budget?.steps !== undefined) return budget.steps;
  const per = tokensPerStep(stage);
  return budget?.tokens !== undefined && per !== undefined ? Math.ceil(budget.tokens / per) : undefined;
};
