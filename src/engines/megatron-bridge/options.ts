import type { Flag } from '../megatron/argparse.ts';

type Kind = 'str' | 'int' | 'bool';

const option = (name: string, type: Kind, fallback: unknown, choices: readonly string[] | null = null): Flag => ({
  flags: [`--${name}`],
  dest: name.replaceAll('-', '_'),
  type,
  choices,
  default: fallback,
  nargs: null,
  action: type === 'bool' ? 'store_true' : 'store',
  status: 'ok',
  required: REQUIRED.has(name),
});

const REQUIRED = new Set(['device', 'hf-model', 'megatron-path', 'hf-path']);
const DTYPES = ['bfloat16', 'float16', 'float32'];

const COMMON: readonly Flag[] = [
  option('device', 'str', null, ['cpu', 'gpu']),
  option('hf-model', 'str', null),
  option('hf-revision', 'str', null),
  option('megatron-path', 'str', null),
  option('torch-dtype', 'str', 'bfloat16', DTYPES),
  option('trust-remote-code', 'bool', false),
  option('overwrite', 'bool', false),
  option('tp', 'int', 1),
  option('pp', 'int', 1),
  option('ep', 'int', 1),
  option('etp', 'int', 1),
  option('distributed-timeout-minutes', 'int', null),
];

const EXPORT: readonly Flag[] = [
  option('hf-path', 'str', null),
  option('no-progress', 'bool', false),
  option('not-strict', 'bool', false),
  option('distributed-save', 'bool', null),
  option('no-distributed-save', 'bool', null),
  option('save-every-n-ranks', 'int', 1),
  option('export-weight-dtype', 'str', null, DTYPES),
];

/** Options of scripts/conversion/run_conversion.py behind its command (Megatron-Bridge v0.6.0, scripts/conversion/arguments.py). */
export const conversionOptions = (command: 'import' | 'export'): readonly Flag[] =>
  command === 'import' ? COMMON : [...COMMON, ...EXPORT];
