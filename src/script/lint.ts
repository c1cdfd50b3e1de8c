import type { Diagnostic } from '../model/diagnostic.ts';
import { JOB_RULES } from './lint-job.ts';
import type { Looked } from './lint-rule.ts';
import { SHELL_RULES } from './lint-shell.ts';
import { TRAINING_RULES } from './lint-training.ts';

/** What looks wrong in a script, whether or not the recipe mends it. */
export const lintScript = (looked: Looked): Diagnostic[] =>
  [...JOB_RULES, ...SHELL_RULES, ...TRAINING_RULES].flatMap(rule => rule(looked));
