import type { Values } from '../argparse.ts';
import type { ArgumentRule } from './rule.ts';

const SPLITS = ['train_data_path', 'valid_data_path', 'test_data_path'] as const;
const splits = (a: Values): boolean => SPLITS.some(each => (a[each] ?? null) !== null);
const perSplit = (a: Values): boolean => splits(a) || a.per_split_data_args_path !== null;
const whole = (a: Values): boolean => a.data_path !== null || a.data_args_path !== null;
const sources = (a: Values): number =>
  Number(Boolean(a.mock_data)) + Number(Boolean(a.data_path?.length)) + Number(splits(a));

/** Where the data come from: rules 78 to 82 and 91 (validate_args, blended_megatron_dataset_config.py, sft_dataset.py). */
export const DATA_RULES: readonly ArgumentRule[] = [
  {
    number: 78,
    phase: 'arguments',
    blame: ['mock_data', ...SPLITS],
    law: 'one source of data, which is the mixture',
    broken: a => sources(a) > 1,
    what: () => 'a second source of data beside the mixture.',
    says: () => 'AssertionError: A single data source must be provided in training mode, else None',
  },
  {
    number: 79,
    phase: 'arguments',
    blame: ['data_args_path'],
    law: 'the mixture is on the command line or in a file',
    broken: a => a.data_path !== null && a.data_args_path !== null,
    what: () => '--data-args-path beside --data-path.',
  },
  {
    number: 79,
    phase: 'arguments',
    blame: ['per_split_data_args_path'],
    law: 'data of each split are on the command line or in a file',
    broken: a => splits(a) && a.per_split_data_args_path !== null && !whole(a),
    what: () => '--per-split-data-args-path beside data of a split.',
  },
  {
    number: 80,
    phase: 'never',
    blame: ['per_split_data_args_path'],
    law: 'a mixture that is split in parts excludes data of each split, which would not be read',
    broken: a => whole(a) && a.per_split_data_args_path !== null,
    what: () => '--per-split-data-args-path beside the mixture.',
  },
  {
    number: 80,
    phase: 'data',
    blame: ['split'],
    law: 'data of each split are not split again',
    broken: a => perSplit(a) && !whole(a) && a.split !== null,
    what: a => `a split of ${a.split} beside data of each split.`,
    says: () => 'AssertionError: split and blend_per_split are incompatible',
  },
  {
    number: 81,
    phase: 'data',
    blame: ['dataloader_fast_cache_load'],
    law: 'the fast way to load a cache needs --data-cache-path and data of each split, where martlet gives one mixture',
    broken: a => a.dataloader_fast_cache_load && (whole(a) || a.data_cache_path === null),
    what: () => '--dataloader-fast-cache-load with a mixture.',
    says: () =>
      'AssertionError: --dataloader-fast-cache-load and --data-path cannot be used together. Use --per-split-data-args-path or --train-data-path, --valid-data-path and --test-data-path instead.',
  },
  {
    number: 82,
    phase: 'data',
    blame: ['multiple_validation_sets'],
    law: 'several validation sets need --full-validation and unweighted lists of each split, where martlet gives one mixture',
    broken: a => a.multiple_validation_sets && (whole(a) || !a.full_validation),
    what: () => '--multiple-validation-sets with a mixture.',
  },
  {
    number: 91,
    phase: 'data',
    blame: ['sft'],
    law: '--sft needs SFTTokenizer, no reset of positions or masks, and no attention mask from the loader',
    broken: a =>
      a.sft &&
      (a.tokenizer_type !== 'SFTTokenizer' ||
        a.reset_position_ids ||
        a.reset_attention_mask ||
        a.create_attention_mask_in_dataloader),
    what: a => `--sft with tokenizer ${a.tokenizer_type}.`,
  },
];
