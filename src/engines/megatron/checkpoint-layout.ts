import type { CheckpointLayout } from '../../model/checkpoint-layout.ts';
import type { Word } from '../../shell/word.ts';
import { layoutOf } from '../layout.ts';
import { checkpointFormat } from './flags-resume.ts';
import type { MegatronSpec } from './spec.ts';

/** Read off the command line, because `extra:` may say what no recipe word does. */
const has = (argv: readonly Word[], flag: string): boolean =>
  argv.some(word => word.length === 1 && word[0] !== undefined && 'lit' in word[0] && word[0].lit === flag);

/** How this stage splits its model, and what its command line does with the optimizer (arguments.py, core_v0.19.0). */
export const checkpointLayout = (spec: MegatronSpec, argv: readonly Word[]): CheckpointLayout => ({
  gpus: spec.context.shape.world,
  ...layoutOf(spec.stage),
  format: checkpointFormat(spec),
  distributedOptimizer: has(argv, '--use-distributed-optimizer'),
  reshardable: has(argv, '--dist-ckpt-optim-fully-reshardable'),
  weightsOnly: has(argv, '--no-load-optim') || has(argv, '--finetune'),
});
