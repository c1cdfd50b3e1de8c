import type { Flag } from './argparse.ts';

const TOKENIZER = /^--(no-)?(pad-)?(vocab-|padded-vocab|merge-file|tokenizer-|tiktoken|null-tok|trust-remote|chat-t)/;

const REQUIRED = new Set(['input', 'output-prefix', 'workers']);

const option = (name: string, type: 'str' | 'int' | 'bool', fallback: unknown, nargs: '+' | null = null): Flag => ({
  flags: [`--${name}`],
  dest: name.replaceAll('-', '_'),
  type,
  choices: null,
  default: fallback,
  nargs,
  action: type === 'bool' ? 'store_true' : 'store',
  status: 'ok',
  required: REQUIRED.has(name),
});

const OWN: readonly Flag[] = [
  option('input', 'str', null),
  option('json-keys', 'str', ['text'], '+'),
  option('split-sentences', 'bool', false),
  option('keep-newlines', 'bool', false),
  option('append-eod', 'bool', false),
  option('lang', 'str', 'english'),
  option('output-prefix', 'str', null),
  option('workers', 'int', null),
  option('find-optimal-num-workers', 'bool', false),
  option('workers-to-check', 'int', [16, 32, 64], '+'),
  option('max-documents', 'int', 100_000),
  option('partitions', 'int', 1),
  option('log-interval', 'int', 1000),
  option('keep-sequential-samples', 'bool', false),
];

/** Options of tools/preprocess_data.py (core_v0.19.0): its own and the tokenizer group, which it shares with pretrain_gpt.py. */
export const preprocessOptions = (pretrain: readonly Flag[]): readonly Flag[] => [
  ...OWN,
  ...pretrain.filter(each => TOKENIZER.test(each.flags[0]!)),
];

/** Options of tools/merge_datasets.py (core_v0.19.0). */
export const MERGE_OPTIONS: readonly Flag[] = [
  option('input', 'str', null),
  option('output-prefix', 'str', null),
  option('multimodal', 'bool', false),
];
