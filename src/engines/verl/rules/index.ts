import type { Family } from '../rule.ts';
import { ALGORITHM } from './algorithm.ts';
import { BATCH } from './batch.ts';
import { LAYOUT } from './layout.ts';
import { REWARD } from './reward.ts';
import { ROLLOUT_RULES } from './rollout.ts';
import { RUN } from './run.ts';
import { SFT_RULES } from './sft.ts';

/** Every rule about values; those about names of keys are in check-keys.ts. */
export const FAMILIES: readonly Family[] = [
  BATCH,
  LAYOUT,
  ROLLOUT_RULES,
  ALGORITHM,
  REWARD,
  RUN,
  { code: 'MRT-V003', rules: SFT_RULES },
];
