import type { Flag } from '../megatron/argparse.ts';

const option = (name: string, type: 'str' | 'int' | 'bool', fallback: unknown = null): Flag => ({
  flags: [`--${name}`],
  dest: name.replaceAll('-', '_'),
  type,
  choices: null,
  default: type === 'bool' ? false : fallback,
  nargs: null,
  action: type === 'bool' ? 'store_true' : 'store',
  status: 'ok',
});

/** Options of tools/checkpoint/convert.py with the loaders and savers that are used here (core_v0.9.0 to core_v0.18.2). */
export const CONVERT_OPTIONS: readonly Flag[] = [
  ...['model-type', 'loader', 'saver', 'load-dir', 'save-dir', 'model-size', 'checkpoint-type'].map(each =>
    option(each, 'str'),
  ),
  ...['tokenizer-model', 'vocab-file', 'megatron-path', 'loader-transformer-impl'].map(each => option(each, 'str')),
  option('saver-transformer-impl', 'str', 'transformer_engine'),
  ...['true-vocab-size', 'make-vocab-size-divisible-by', 'max-queue-size'].map(each => option(each, 'int')),
  ...['tensor', 'pipeline', 'expert'].map(each => option(`target-${each}-parallel-size`, 'int')),
  ...['bf16', 'fp16', 'no-checking'].map(each => option(each, 'bool')),
];
