import type { Stage } from '../recipe/schema.ts';

/** How a stage's model lies on the disk. `own`: a format only its own engine reads. */
export type Format = 'huggingface' | 'megatron' | 'own';

const MEGATRON = new Set(['megatron-lm', 'megatron-bridge', 'megatron-convert']);

/** What a stage leaves behind; `own` where it leaves no model, or nobody else reads it. */
export const leaves = (stage: Stage): Format => {
  if (stage.kind === 'export') return 'huggingface';
  const engine = 'engine' in stage ? (stage.engine ?? '') : '';
  // NeMo-RL trains with Megatron-Bridge there, and leaves its checkpoints.
  if (stage.kind === 'sft' && engine === 'nemo-rl' && stage.backend === 'megatron') return 'megatron';
  const isTrained = stage.kind === 'import' || stage.kind === 'cpt' || stage.kind === 'sft';
  return isTrained && MEGATRON.has(engine) ? 'megatron' : 'own';
};

/** What a stage reads with `from:`; undefined: it takes what it gets. */
export const reads = (stage: Stage): Format | undefined => {
  const engine = 'engine' in stage ? (stage.engine ?? '') : '';
  switch (stage.kind) {
    case 'cpt':
    case 'sft':
      return MEGATRON.has(engine) ? 'megatron' : 'huggingface';
    case 'rlvr':
    case 'evaluate':
    case 'synthesize':
      return 'huggingface';
    default:
      return undefined;
  }
};
