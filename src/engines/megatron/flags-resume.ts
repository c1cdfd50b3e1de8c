import type { CheckpointLayout } from '../../model/checkpoint-layout.ts';
import { env } from '../../shell/word.ts';
import type { Flag } from './flags.ts';
import type { MegatronSpec } from './spec.ts';

/** How checkpoints are written: as the recipe says, else torch_dist where the release has it. */
export const checkpointFormat = ({ stage, release }: MegatronSpec): CheckpointLayout['format'] => {
  const { formats } = release.checkpoint;
  return stage.checkpoint?.format ?? (formats.includes('torch_dist') ? 'torch_dist' : (formats[0] ?? 'torch_dist'));
};

/** A checkpoint that training left has a step of its own, from which --load would go on. */
export const isLoadedAsBase = (s: MegatronSpec): boolean =>
  s.release.checkpoint.resume === 'load-base' &&
  s.context.pretrained !== undefined &&
  s.context.handoff?.kind !== 'cpt';

/** Set by the job while its own folder has no checkpoint (templates/job/40-checkpoint.sh). */
const onFirstStart = (s: MegatronSpec) => (isLoadedAsBase(s) ? { when: 'MARTLET_FIRST' } : undefined);

/** Checkpoints: one command line for the first start and for every resume (checkpointing.py). */
export const RESUME_FLAGS: readonly Flag[] = [
  { path: '', flag: '--save', of: s => s.context.checkpoints, echo: null },
  {
    path: '',
    flag: '--load',
    of: s => (isLoadedAsBase(s) ? { word: [env('MARTLET_LOAD')] } : s.context.checkpoints),
    echo: null,
  },
  { path: 'from', flag: '--no-load-rng', only: 'load-base', of: onFirstStart, echo: null },
  { path: 'from', flag: '--no-load-optim', only: 'load-base', of: onFirstStart, echo: null },
  {
    path: 'from',
    flag: '--pretrained-checkpoint',
    of: s => (isLoadedAsBase(s) ? undefined : s.context.pretrained),
    echo: null,
  },
  {
    path: 'checkpoint.every_steps',
    flag: '--save-interval',
    of: s => s.saveEvery ?? s.context.steps,
    unscaled: s => s.stage.checkpoint?.every_steps,
  },
  { path: 'checkpoint.format', flag: '--ckpt-format', unless: 'use-dist-ckpt', of: checkpointFormat },
  // The legacy format is what these do by themselves.
  {
    path: 'checkpoint.format',
    flag: '--use-dist-ckpt',
    only: 'use-dist-ckpt',
    of: s => checkpointFormat(s) !== 'torch',
  },
  {
    path: 'checkpoint.format',
    flag: '--dist-ckpt-format',
    only: 'use-dist-ckpt',
    of: s => (checkpointFormat(s) === 'torch' ? undefined : checkpointFormat(s)),
  },
  { path: 'checkpoint.async', flag: '--async-save', of: s => s.stage.checkpoint?.async },
  // Without the persistent worker 0.19 saves synchronously and says so only in a warning.
  {
    path: 'checkpoint.async',
    flag: '--use-persistent-ckpt-worker',
    optional: true,
    of: s => s.stage.checkpoint?.async,
  },
];
