/** How a model was split over GPUs when a checkpoint of it was saved, or is when it is loaded. */
export interface CheckpointLayout {
  readonly gpus: number;
  readonly tensor: number;
  readonly pipeline: number;
  readonly context: number;
  readonly expert: number;
  readonly format: 'torch_dist' | 'torch' | 'fsdp_dtensor' | 'torch_dcp';
  /** The optimizer's state is spread over the data-parallel ranks. */
  readonly distributedOptimizer: boolean;
  /** Saved so that any layout can read the optimizer (--dist-ckpt-optim-fully-reshardable). */
  readonly reshardable: boolean;
  /** Weights alone are loaded (--no-load-optim, --finetune). */
  readonly weightsOnly: boolean;
}

const SPLIT = ['tensor', 'pipeline', 'expert'] as const;
const ALL = ['gpus', 'tensor', 'pipeline', 'context', 'expert'] as const;

/** One line of martlet-layout.txt, and MARTLET_LAYOUT of a job: read by templates/job/42-layout.sh. */
export const layoutText = (layout: CheckpointLayout): string =>
  [
    ...ALL.map(name => `${name}=${layout[name]}`),
    `format=${layout.format}`,
    `optimizer=${layout.distributedOptimizer ? 'distributed' : 'whole'}`,
    `reshardable=${layout.reshardable ? 'yes' : 'no'}`,
    `loads=${layout.weightsOnly ? 'weights' : 'all'}`,
  ].join(' ');

const changes = (before: CheckpointLayout, now: CheckpointLayout, names: readonly (typeof ALL)[number][]): string =>
  names
    .filter(name => before[name] !== now[name])
    .map(name => `${name} ${before[name]} to ${now[name]}`)
    .join(', ');

/**
 * Why a checkpoint saved with one layout cannot be gone on with by another; undefined when it can, or when nothing is known
 * against it. Megatron-LM's own rules (megatron/core/optimizer/distrib_optimizer.py, core_v0.19.0); the job asks the same of
 * what it finds (templates/job/42-layout.sh).
 */
export const layoutProblem = (before: CheckpointLayout, now: CheckpointLayout): string | undefined => {
  if (before.format !== now.format) return `it was saved as ${before.format}, and ${now.format} is to read it`;
  if (before.format === 'torch') {
    const any = changes(before, now, ALL);
    return any === '' ? undefined : `the format torch is read by the very layout that wrote it (${any})`;
  }
  const split = changes(before, now, SPLIT);
  const isTied = before.format === 'torch_dist' && before.distributedOptimizer && !before.reshardable;
  if (!split || !isTied || now.weightsOnly) return undefined;
  return `its optimizer was saved without --dist-ckpt-optim-fully-reshardable, so only the number of data-parallel ranks may change (${split})`;
};
