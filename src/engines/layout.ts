import type { CptStage } from '../recipe/schema.ts';

/** Parallel degrees of a stage; `auto` is decided by a later version and counts as 1 here. */
export const layoutOf = (stage: CptStage): { tensor: number; pipeline: number; context: number; expert: number } => {
  const parallel = typeof stage.parallel === 'object' ? stage.parallel : undefined;
  return {
    tensor: parallel?.tensor ?? 1,
    pipeline: parallel?.pipeline ?? 1,
    context: parallel?.context ?? 1,
    expert: parallel?.expert ?? 1,
  };
};
