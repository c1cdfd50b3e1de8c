import { divides, type Facts, type Rule } from '../rule.ts';

const BATCH = 'data.train_batch_size';
const CAP = 'data.max_token_len_per_gpu';
const MISMATCH = 'data.ignore_input_ids_mismatch';

const context = (f: Facts): number => f.spec.split.context;
const rewritesTurns = (f: Facts): boolean => /^(qwen3|gpt-oss)/.test(f.spec.stage.data?.chat_template ?? '');

/** verl/trainer/sft_trainer.py and verl/utils/dataset/multiturn_sft_dataset.py. */
export const SFT_RULES: readonly Rule[] = [
  {
    id: 'sft-val',
    only: 'sft',
    keys: ['trainer.test_freq'],
    broken: f => f.number('trainer.test_freq') > 0 && [f.get('data.val_files') ?? []].flat().length === 0,
    what: () => 'validation has no data.',
    why: 'test_freq above 0 needs val_files.',
    hint: () => 'write validation: {datasets: [NAME]}.',
  },
  {
    id: 'sft-zero',
    only: 'sft',
    keys: ['trainer.save_freq', 'trainer.test_freq'],
    broken: f => f.number('trainer.save_freq') === 0 || f.number('trainer.test_freq') === 0,
    what: () => 'an interval of 0 steps.',
    why: 'the release divides by it: ZeroDivisionError at the first step.',
    hint: () => '-1 means only at the last step.',
  },
  {
    id: 'sft-len',
    only: 'sft',
    keys: ['data.truncation'],
    severity: 'warning',
    broken: f => f.text('data.truncation') === 'error',
    what: f => `the first conversation of more than ${f.number('data.max_length')} tokens ends the run.`,
    why: 'truncation: error aborts in the middle of training, and lengths cannot be seen from here.',
    hint: () => 'right cuts its end off.',
  },
  {
    id: 'sft-cap',
    only: 'sft',
    keys: [CAP],
    broken: f => f.isOn('data.use_dynamic_bsz') && f.number(CAP) * context(f) < f.number('data.max_length'),
    what: f =>
      `${f.number(CAP)} tokens a GPU x context ${context(f)} do not hold a conversation of ${f.number('data.max_length')}.`,
    why: 'max_token_len must be at least the longest sequence.',
    hint: f => `at least ${Math.ceil(f.number('data.max_length') / context(f))}.`,
  },
  {
    id: 'sft-dp',
    only: 'sft',
    keys: [BATCH],
    broken: f => Number.isInteger(f.dataParallel) && !divides(f.dataParallel, f.number(BATCH)),
    what: f => `${f.number(BATCH)} conversations a step are not divisible by data-parallel size ${f.dataParallel}.`,
    why: 'each data-parallel rank gets the same number.',
  },
  {
    id: 'sft-think',
    only: 'sft',
    keys: [MISMATCH],
    broken: f => rewritesTurns(f) && !f.isOn(MISMATCH),
    what: f => `the template ${f.spec.stage.data?.chat_template} leaves the thinking of earlier turns out.`,
    why: 'turn by turn is then not the whole conversation, and the release ends with an AssertionError.',
    hint: () => 'leave ignore_input_ids_mismatch true.',
  },
];
