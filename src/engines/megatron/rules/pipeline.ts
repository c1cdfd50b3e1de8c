import type { Values } from '../argparse.ts';
import { divides, legal } from '../rule.ts';
import { layoutStages, stagesOfLayout } from './effective.ts';
import type { ArgumentRule } from './rule.ts';

const pipeline = (a: Values): number => a.pipeline_model_parallel_size;
const virtual = (a: Values): number => a.virtual_pipeline_model_parallel_size ?? 1;
const first = (a: Values): number | null => a.decoder_first_pipeline_num_layers;
const last = (a: Values): number | null => a.decoder_last_pipeline_num_layers;
const isUneven = (a: Values): boolean => first(a) !== null || last(a) !== null;
const accounted = (a: Values): number =>
  Number(a.account_for_embedding_in_pipeline_split) + Number(a.account_for_loss_in_pipeline_split);
const counted = (a: Values): number => a.num_layers + accounted(a);
const isDealt = (a: Values): boolean => !isUneven(a) && a.pipeline_model_parallel_layout === null;
/** A layout begins with the one embedding, ends with the one loss, and has every layer between them. */
const isComplete = (a: Values): boolean => {
  const layers = layoutStages(a.pipeline_model_parallel_layout).join('');
  const has = (letter: string, times: number): boolean => layers.split(letter).length - 1 === times;
  return /^E[tm]*L$/.test(layers) && has('t', a.num_layers) && has('m', a.mtp_num_layers ?? 0);
};
const microBatches = (a: Values): number => a.global_batch_size / (a.micro_batch_size * a.data_parallel_size);

/** Layers and stages between a first and a last stage that have their own counts. */
const middle = (a: Values): { layers: number; stages: number } => ({
  layers: a.num_layers - (first(a) ?? 0) - (last(a) ?? 0),
  stages: pipeline(a) - [first(a), last(a)].filter(each => each !== null).length,
});
const middleFits = (a: Values): boolean => {
  const { layers, stages } = middle(a);
  if (layers < 0 || stages < 0 || (layers === 0) !== (stages === 0)) return false;
  return stages === 0 || (divides(stages, layers) && divides(virtual(a), layers / stages));
};
const endsFit = (a: Values): boolean =>
  [first(a), last(a)].every(each => each === null || (each > 0 && divides(virtual(a), each)));
const VIRTUAL = [
  'num_layers_per_virtual_pipeline_stage',
  'pipeline_model_parallel_layout',
  'num_virtual_stages_per_pipeline_rank',
] as const;
/** Micro-batches that follow each other in one virtual stage, and those that are left over. */
const group = (a: Values): number => a.microbatch_group_size_per_vp_stage ?? pipeline(a);

/** How layers are dealt to pipeline stages: rules 28 to 33 (validate_args, TransformerConfig, schedules.py). */
export const PIPELINE_RULES: readonly ArgumentRule[] = [
  {
    number: 28,
    phase: 'arguments',
    blame: [
      'account_for_embedding_in_pipeline_split',
      'account_for_loss_in_pipeline_split',
      'pipeline_model_parallel_size',
    ],
    law: 'the number of layers must be divisible by the pipeline-parallel size',
    broken: a => isDealt(a) && a.num_layers_per_virtual_pipeline_stage === null && !divides(pipeline(a), counted(a)),
    what: a =>
      `${counted(a)} layers${accounted(a) ? ' (embedding or loss counted as layers)' : ''} cannot be split over pipeline ${pipeline(a)}.`,
    says: () => 'AssertionError: Number of layers should be divisible by the pipeline-model-parallel size',
    hint: a => `legal: ${legal([1, 2, 4, 5, 8, 10, 16], n => divides(n, counted(a)))}.`,
  },
  {
    number: 29,
    phase: 'model',
    blame: ['decoder_first_pipeline_num_layers', 'decoder_last_pipeline_num_layers'],
    law: 'the layers that the first and last stage leave divide over the other stages, and over their virtual stages',
    broken: a => isUneven(a) && accounted(a) === 0 && (!endsFit(a) || !middleFits(a)),
    what: a =>
      `${first(a) ?? 'no own count'} layers at the first stage and ${last(a) ?? 'no own count'} at the last leave ${middle(a).layers} of ${a.num_layers} for ${middle(a).stages} stages.`,
    says: a =>
      `ValueError: number of layers at middle stage: ${middle(a).layers} must be divisible bythe middle pipeline model parallel size ${middle(a).stages}`,
  },
  {
    number: 29,
    phase: 'model',
    blame: ['decoder_first_pipeline_num_layers', 'decoder_last_pipeline_num_layers'],
    law: 'own counts of the first and last stage exclude counting embedding or loss as layers',
    broken: a => isUneven(a) && accounted(a) > 0,
    what: () => 'own layer counts of a stage beside --account-for-...-in-pipeline-split.',
    says: () =>
      'ValueError: num_layers_in_first_pipeline_stage and num_layers_in_last_pipeline_stage cannot beset at the same time with account_for_embedding_in_pipeline_splitand account_for_loss_in_pipeline_split',
  },
  {
    number: 29,
    phase: 'model',
    blame: ['pipeline_model_parallel_layout'],
    law: 'a layout of the pipeline excludes every other word about its layers',
    broken: a => a.pipeline_model_parallel_layout !== null && (isUneven(a) || accounted(a) > 0),
    what: () => '--pipeline-model-parallel-layout beside another layout of the layers.',
    says: () => 'ValueError: pipeline_model_parallel_layout cannot be set with other pipeline layout arguments.',
  },
  {
    number: 30,
    phase: 'arguments',
    blame: VIRTUAL,
    law: 'virtual stages are asked for in one way: layers of each, their number, or a layout',
    broken: a => VIRTUAL.filter(each => a[each] !== null).length > 1,
    what: () => 'virtual stages are asked for in two ways.',
    says: () => 'AssertionError: No more than one of the following arguments can be set at the same time',
  },
  {
    number: 31,
    phase: 'arguments',
    blame: ['num_layers_per_virtual_pipeline_stage'],
    law: 'the layers of a stage are a multiple of the layers of a virtual stage',
    broken: a =>
      a.num_layers_per_virtual_pipeline_stage !== null &&
      isOneWay(a) &&
      (isUneven(a) || !divides(a.num_layers_per_virtual_pipeline_stage * pipeline(a), counted(a))),
    what: a =>
      `${counted(a)} layers over pipeline ${pipeline(a)} are no multiple of ${a.num_layers_per_virtual_pipeline_stage} layers a virtual stage.`,
    says: () =>
      'AssertionError: number of layers per pipeline stage must be divisible number of layers per virtual pipeline stage',
  },
  {
    number: 31,
    phase: 'arguments',
    blame: ['pipeline_model_parallel_layout'],
    law: 'the stages of a layout are a multiple of the pipeline-parallel size',
    broken: a =>
      a.pipeline_model_parallel_layout !== null &&
      isOneWay(a) &&
      !divides(pipeline(a), stagesOfLayout(a.pipeline_model_parallel_layout)),
    what: a => `a layout of ${stagesOfLayout(a.pipeline_model_parallel_layout)} stages over pipeline ${pipeline(a)}.`,
    says: () =>
      'AssertionError: The length of pipeline_model_parallel_layout must be divisible by pipeline_model_parallel_size',
  },
  {
    number: 31,
    phase: 'model',
    blame: ['pipeline_model_parallel_layout'],
    law: 'a layout has the embedding E, every layer t, every prediction layer m and the loss L, in this order',
    broken: a => a.pipeline_model_parallel_layout !== null && !isComplete(a),
    what: a => `layout ${a.pipeline_model_parallel_layout} is not one of ${a.num_layers} layers.`,
    says: a => {
      const decoders = layoutStages(a.pipeline_model_parallel_layout).join('').split('t').length - 1;
      return `AssertionError: Number of decoder layers ${decoders}must match num_layers ${a.num_layers}`;
    },
  },
  {
    number: 31,
    phase: 'model',
    blame: ['num_virtual_stages_per_pipeline_rank'],
    law: 'every virtual stage has as many layers as every other',
    broken: a =>
      a.num_virtual_stages_per_pipeline_rank !== null &&
      isOneWay(a) &&
      isDealt(a) &&
      divides(pipeline(a), counted(a)) &&
      !divides(pipeline(a) * virtual(a), counted(a)),
    what: a => `${counted(a)} layers cannot be split over pipeline ${pipeline(a)} x virtual_pipeline ${virtual(a)}.`,
    hint: a => `legal: ${legal([1, 2, 3, 4, 5, 6, 8, 10], n => divides(pipeline(a) * n, counted(a)))}.`,
  },
  {
    number: 32,
    phase: 'arguments',
    blame: ['num_virtual_stages_per_pipeline_rank', 'num_layers_per_virtual_pipeline_stage'],
    law: 'only a pipeline of two or more stages can be interleaved, of three or more without overlapped communication',
    broken: a => virtual(a) > 1 && pipeline(a) < (a.overlap_p2p_comm ? 2 : 3),
    what: a => `virtual_pipeline ${virtual(a)} with pipeline ${pipeline(a)}.`,
    says: () =>
      'AssertionError: When interleaved schedule is used, pipeline-model-parallel size should be greater than 1',
  },
  {
    number: 32,
    phase: 'step',
    blame: ['microbatch_group_size_per_vp_stage', 'num_virtual_stages_per_pipeline_rank', 'global_batch_size'],
    law: 'the micro-batches of a step fill an interleaved pipeline: a multiple of its stages',
    broken: a => virtual(a) > 1 && pipeline(a) > 1 && Number.isInteger(microBatches(a)) && !isFilled(a),
    what: a => `${microBatches(a)} micro-batches a step over an interleaved pipeline of ${pipeline(a)} stages.`,
    says: a =>
      `RuntimeError: The remainder of M (the total micro-batches) divided by N (number of contiguous micro-batches in a virtual pipeline stage) should be 0, or larger than or equal to the pipeline-parallel size, but it is ${microBatches(a) % group(a)}.`,
    hint: a =>
      `batch.global_sequences must be a multiple of ${pipeline(a) * a.micro_batch_size * a.data_parallel_size}.`,
  },
  {
    number: 33,
    phase: 'model',
    blame: ['overlap_p2p_comm_warmup_flush'],
    law: 'communication between stages is overlapped only in an interleaved pipeline',
    broken: a => a.overlap_p2p_comm_warmup_flush && !a.overlap_p2p_comm,
    what: () => '--overlap-p2p-communication-warmup-flush without an interleaved pipeline.',
    says: () =>
      'ValueError: Pipeline parallel communication overlapping in warmup and flush is only compatible with overlap_p2p_comm but not batch_p2p_comm.',
    hint: () => 'write parallel.virtual_pipeline.',
  },
];

function isOneWay(a: Values): boolean {
  return VIRTUAL.filter(each => a[each] !== null).length === 1;
}

function isFilled(a: Values): boolean {
  const [all, size] = [microBatches(a), group(a)];
  if (size > all || size < pipeline(a)) return false;
  return all % size === 0 || all % size >= pipeline(a);
}
