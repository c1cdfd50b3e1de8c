import type { Stage } from './schema.ts';

/** What a stage's `from:` names, in its order. */
export const fromsOf = (stage: Stage): readonly string[] => {
  const from = 'from' in stage ? stage.from : undefined;
  return from === undefined ? [] : typeof from === 'string' ? [from] : from;
};

/** The one that counts where only one is taken. */
export const firstOf = (from: string | readonly string[]): string =>
  typeof from === 'string' ? from : (from[0] ?? 'base');

/** `cpt@18000` names the stage cpt. */
export const stageOf = (from: string): string => from.split('@')[0] ?? from;

/** The step that `cpt@18000` names. */
export const stepOf = (from: string): number | undefined => {
  const step = from.split('@')[1];
  return step === undefined ? undefined : Number(step);
};
