import type { Diagnostic } from '../../model/diagnostic.ts';
import { formatBytes, formatCount } from '../../model/units.ts';
import { type Architecture, parameterCount } from '../architectures/architecture.ts';
import type { StageContext } from '../engine.ts';

/** Where a conversion runs, and how its GPUs share the model. */
export interface Placement {
  readonly device: 'cpu' | 'gpu';
  readonly gpus: number;
  readonly pipeline: number;
  readonly expert: number;
}

/** On processors the weights are there twice in bf16: as they are read, and as they are written (megatron.md 8.2: 2 to 4). */
export const HOST_BYTES_A_PARAMETER = 4;
/** bf16 weights, and a fifth for what one tensor needs while it is gathered or sent. */
const GPU_BYTES_A_PARAMETER = 2.4;

/** A checkpoint of torch_dist holds no trace of the split, so the simplest one that spreads all weights is taken. */
const splitOf = (a: Architecture, gpus: number): Pick<Placement, 'pipeline' | 'expert'> | undefined => {
  if (gpus === 1) return { pipeline: 1, expert: 1 };
  if (a.experts && a.experts.count % gpus === 0) return { pipeline: 1, expert: gpus };
  return a.layers % gpus === 0 ? { pipeline: gpus, expert: 1 } : undefined;
};

const fitsGpus = (parameters: number, { shape, conversion }: StageContext): boolean =>
  (GPU_BYTES_A_PARAMETER * parameters) / shape.gpusPerNode <= (conversion?.gpuBytes ?? Number.POSITIVE_INFINITY);

const fitsHost = (parameters: number, { conversion }: StageContext): boolean =>
  HOST_BYTES_A_PARAMETER * parameters <= (conversion?.hostBytes ?? Number.POSITIVE_INFINITY);

/** On the stage's GPUs where they hold the model, else on the processors of its node; undefined: on neither. */
export const placementOf = (a: Architecture, context: StageContext): Placement | undefined => {
  const gpus = context.shape.gpusPerNode;
  const parameters = parameterCount(a);
  const split = gpus > 0 && fitsGpus(parameters, context) ? splitOf(a, gpus) : undefined;
  if (split) return { device: 'gpu', gpus, ...split };
  return fitsHost(parameters, context) ? { device: 'cpu', gpus: 0, pipeline: 1, expert: 1 } : undefined;
};

const error = (context: StageContext, key: string, words: Pick<Diagnostic, 'what' | 'why' | 'hint'>): Diagnostic => ({
  code: 'MRT-E042',
  severity: 'error',
  ...words,
  path: `stages.${context.name}.resources.${key}`,
});

/** One node, and a model that fits on it. */
export const checkPlacement = (a: Architecture, context: StageContext): Diagnostic[] => {
  const { shape, conversion } = context;
  if (shape.nodes > 1)
    return [
      error(context, 'gpus', {
        what: `a conversion runs on one node, and ${shape.world} GPUs here are ${shape.nodes} nodes.`,
        hint: `at most gpus: ${shape.gpusPerNode}.`,
      }),
    ];
  if (placementOf(a, context)) return [];
  const parameters = parameterCount(a);
  const host = formatBytes(HOST_BYTES_A_PARAMETER * parameters);
  const has = conversion?.hostBytes === undefined ? 'of unknown size' : `of ${formatBytes(conversion.hostBytes)}`;
  return [
    error(context, 'gpus', {
      what: `${formatCount(parameters)} parameters fit neither ${shape.gpusPerNode} GPUs nor the node.`,
      why: `bf16 weights on GPUs want ${formatBytes(GPU_BYTES_A_PARAMETER * parameters)} in all; on processors ${host}, and the node has memory ${has}.`,
      hint: 'ask for more GPUs of one node (a divisor of the layers, or of the experts), or for a resource type with more memory.',
    }),
  ];
};
