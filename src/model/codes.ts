import { PLAN_CODES } from './codes/plans.ts';
import { SCRIPT_CODES } from './codes/scripts.ts';
import { TEXT_CODES } from './codes/texts.ts';
import { VERL_CODES } from './codes/verl.ts';
import { WORLD_CODES } from './codes/world.ts';

/**
 * Every code martlet can print. Permanent: a code is never reused and never changes its meaning.
 * docs/errors.md is generated from here. Letters: Y YAML text, R recipe, C cluster profile or overlay, P plan, D data, E engine,
 * F a foreign script, V veRL, S submitting and following, W the world around (disk, network, programs), U usage.
 */
export const CODES = { ...TEXT_CODES, ...PLAN_CODES, ...SCRIPT_CODES, ...VERL_CODES, ...WORLD_CODES } as const;

export type Code = keyof typeof CODES;
