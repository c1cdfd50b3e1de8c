import { ARCHITECTURE_RULES } from './architecture.ts';
import { BATCH_RULES } from './batch.ts';
import { CHECKPOINT_RULES } from './checkpoint.ts';
import { DATA_RULES } from './data.ts';
import { EXPERT_RULES } from './experts.ts';
import { PIPELINE_RULES } from './pipeline.ts';
import { PRECISION_RULES } from './precision.ts';
import { RECOMPUTE_RULES } from './recompute.ts';
import type { ArgumentRule, Phase } from './rule.ts';
import { SCHEDULE_RULES } from './schedule.ts';
import { SHARDING_RULES } from './sharding.ts';

const ORDER: readonly Phase[] = ['arguments', 'start-up', 'model', 'scheduler', 'data', 'step', 'never'];

/** Every rule over arguments, in the order in which Megatron-LM would come to it. */
export const ARGUMENT_RULES: readonly ArgumentRule[] = [
  ...BATCH_RULES,
  ...SCHEDULE_RULES,
  ...ARCHITECTURE_RULES,
  ...PIPELINE_RULES,
  ...SHARDING_RULES,
  ...PRECISION_RULES,
  ...RECOMPUTE_RULES,
  ...EXPERT_RULES,
  ...DATA_RULES,
  ...CHECKPOINT_RULES,
].sort((a, b) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase));
