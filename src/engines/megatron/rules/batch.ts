import type { Values } from '../argparse.ts';
import { divides } from '../rule.ts';
import type { ArgumentRule } from './rule.ts';

const modelSize = (a: Values): number => a.world_size / a.data_parallel_size;
const expertSize = (a: Values): number =>
  a.expert_tensor_parallel_size *
  a.expert_model_parallel_size *
  a.pipeline_model_parallel_size *
  a.expert_gtp_weight_remat_size;
const isWhole = (a: Values): boolean => Number.isInteger(a.data_parallel_size);
const unit = (a: Values): number => a.micro_batch_size * a.data_parallel_size;
const evalUnit = (a: Values): number => a.eval_micro_batch_size * a.data_parallel_size;
const evalFits = (a: Values): boolean => divides(evalUnit(a), a.eval_global_batch_size);

const notDivisible = (a: Values): string =>
  `AssertionError: eval_global_batch_size (${a.eval_global_batch_size}) must be divisible by ` +
  `eval_micro_batch_size (${a.eval_micro_batch_size}) * data_parallel_size (${a.data_parallel_size})`;

/** The grid of ranks, and batches over it: rules 1 to 6 and 14 (validate_args, parallel_state.py, num_microbatches_calculator.py). */
export const BATCH_RULES: readonly ArgumentRule[] = [
  {
    number: 1,
    phase: 'arguments',
    blame: ['tensor_parallel_num_weight_shards', '@parallel'],
    law: 'the data-parallel size must be a whole number: world size / (tensor x pipeline x context x weight shards)',
    broken: a => Number.isInteger(a.gtp_weight_remat_size) && !isWhole(a),
    what: (a, s) =>
      `tensor ${a.tensor_model_parallel_size} x pipeline ${a.pipeline_model_parallel_size} x context ${a.context_parallel_size}` +
      `${a.gtp_weight_remat_size > 1 ? ` x weight shards ${a.gtp_weight_remat_size}` : ''} = ${modelSize(a)} does not divide ${a.world_size} GPUs${s.machines ? ` (${s.machines})` : ''}.`,
    says: a =>
      `AssertionError: world size (${a.world_size}) is not divisible by total_model_size (total_model_size=${modelSize(a)})`,
  },
  {
    number: 1,
    phase: 'arguments',
    blame: ['tensor_parallel_num_weight_shards', 'expert_tensor_parallel_num_weight_shards'],
    law: 'weight shards are a multiple of the tensor-parallel size',
    broken: a => !Number.isInteger(a.gtp_weight_remat_size) || !Number.isInteger(a.expert_gtp_weight_remat_size),
    what: a =>
      `${a.tensor_parallel_num_weight_shards ?? a.expert_tensor_parallel_num_weight_shards} weight shards are no multiple of tensor ${a.tensor_model_parallel_size}.`,
    says: a =>
      `ValueError: tensor_parallel_num_weight_shards (${a.tensor_parallel_num_weight_shards}) must be divisible by tensor_model_parallel_size (${a.tensor_model_parallel_size}).`,
  },
  {
    number: 2,
    phase: 'start-up',
    blame: ['expert_model_parallel_size', 'expert_tensor_parallel_num_weight_shards', '@parallel'],
    law: 'every GPU holds as many experts as every other: expert tensor x expert x pipeline divides the world size',
    broken: a => isWhole(a) && expertSize(a) <= a.world_size && !divides(expertSize(a), a.world_size),
    what: expertText,
    says: expertMessage,
  },
  {
    number: 3,
    phase: 'start-up',
    blame: ['expert_model_parallel_size', '@parallel'],
    law: 'one copy of all experts needs no more GPUs than there are',
    broken: a => isWhole(a) && expertSize(a) > a.world_size,
    what: expertText,
    says: expertMessage,
  },
  {
    number: 4,
    phase: 'arguments',
    blame: ['micro_batch_size'],
    law: 'a micro batch has at least one sequence',
    broken: a => !(a.micro_batch_size > 0),
    what: a => `micro batch ${a.micro_batch_size}.`,
  },
  {
    number: 6,
    phase: 'arguments',
    blame: ['eval_global_batch_size', 'eval_micro_batch_size'],
    law: 'every data-parallel rank does the same number of micro-batches in an evaluation step',
    broken: (a, s) =>
      isWhole(a) &&
      !evalFits(a) &&
      (s.given.has('eval_global_batch_size') ||
        (s.given.has('eval_micro_batch_size') && divides(unit(a), a.global_batch_size))),
    what: a =>
      `evaluation batch ${a.eval_global_batch_size} is not divisible by micro batch ${a.eval_micro_batch_size} x data-parallel size ${a.data_parallel_size}.`,
    says: notDivisible,
  },
  {
    number: 5,
    phase: 'arguments',
    blame: ['global_batch_size'],
    law: 'every data-parallel rank does the same number of micro-batches in a step',
    // --decrease-batch-size-if-needed helps only beside an evaluation batch that fits.
    broken: (a, s) =>
      isWhole(a) &&
      a.micro_batch_size > 0 &&
      !divides(unit(a), a.global_batch_size) &&
      !(a.decrease_batch_size_if_needed && s.given.has('eval_global_batch_size') && evalFits(a)),
    what: a =>
      `global batch ${a.global_batch_size} is not divisible by micro batch ${a.micro_batch_size} x data-parallel size ${a.data_parallel_size} = ${unit(a)}.`,
    says: (a, s) =>
      s.given.has('eval_global_batch_size')
        ? `AssertionError: global batch size (${a.global_batch_size}) is not divisible by micro batch size (${a.micro_batch_size}) ` +
          `times data parallel size (${a.data_parallel_size})`
        : notDivisible(a),
    hint: a =>
      `nearest that fit: ${Math.max(unit(a), Math.floor(a.global_batch_size / unit(a)) * unit(a))} and ${Math.ceil(a.global_batch_size / unit(a)) * unit(a)}.`,
  },
  {
    number: 14,
    phase: 'arguments',
    blame: ['step_batch_size_schedule'],
    law: 'a batch that grows in steps excludes a global batch size, which martlet always gives',
    broken: (a, s) => a.step_batch_size_schedule !== null && s.given.has('global_batch_size'),
    what: () => 'a step batch size schedule beside batch.global_sequences.',
    says: () => 'ValueError: Cannot specify both --step-batch-size-schedule and --global-batch-size',
    hint: () => 'write two stages, one from the other, for two batch sizes.',
  },
];

function expertText(a: Values): string {
  return (
    `expert tensor ${a.expert_tensor_parallel_size} x expert ${a.expert_model_parallel_size} x pipeline ` +
    `${a.pipeline_model_parallel_size} = ${expertSize(a)} does not divide ${a.world_size} GPUs.`
  );
}

function expertMessage(a: Values): string {
  return `RuntimeError: world size (${a.world_size}) is not divisible by expert_tensor_model_pipeline_parallel size (${expertSize(a)})`;
}
