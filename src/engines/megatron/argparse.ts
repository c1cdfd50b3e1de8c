import { evaluateList } from './python-list.ts';
import { pythonRepr } from './python-text.ts';

/** One option of a recorded parser: a row of flags/RELEASE.json (the fields are explained in flags/README.md). */
export interface Flag {
  readonly flags: readonly string[];
  readonly dest: string;
  readonly type: string | null;
  readonly choices: readonly (string | number)[] | null;
  readonly default: unknown;
  readonly nargs: '*' | '+' | number | null;
  readonly action: 'store' | 'store_true' | 'store_false' | 'boolean_optional' | 'help';
  readonly status: 'ok' | 'deprecated' | 'ignored' | 'rejected';
  readonly required?: boolean;
}

/** By dest: null, boolean, number, string, or a list of them. Loose on purpose: 800 attributes, known only from the list. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Values = Record<string, any>;

/** What argparse makes of a command line: attributes by dest, its complaints in its own words, the options that were given. */
export interface Parsed {
  readonly values: Values;
  readonly errors: readonly string[];
  readonly given: ReadonlySet<Flag>;
}

type Converted = { readonly value: unknown } | { readonly error: string };
type Outcome = { readonly value: unknown; readonly taken: number } | { readonly error: string; readonly taken: number };

// int() and float() of Python, ASCII digits only (Python also takes other scripts' digits).
const PYTHON_INT = /^\s*[+-]?\d+(_\d+)*\s*$/;
const PYTHON_FLOAT =
  /^\s*[+-]?((\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?|inf|infinity|(?<nan>nan))\s*$/i;
// Looks like an option but is a value: argparse's own pattern, which -1e-5 does not match.
const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/;
const GRAPH_MODULES = new Set(
  'attn mlp moe moe_router moe_preprocess mamba full full_iteration full_iteration_inference'.split(' '),
);
// Names of the converting functions in megatron/training/arguments.py: argparse's messages carry them.
const TYPE_NAMES: Readonly<Record<string, string>> = {
  no_rope_freq: 'no_rope_freq_type',
  linear_attention_freq: 'la_freq_type',
  int_or_pylist: 'moe_freq_type',
  int_tuple: 'tuple_type',
  enum: 'enum_type_handler',
  cuda_graph_modules: '_parse_cuda_graph_modules_arg',
};

const toFloat = (text: string): number => {
  const bare = text.trim().replaceAll('_', '').toLowerCase();
  if (bare.endsWith('nan')) return Number.NaN;
  return Number(bare.replace(/inf(inity)?$/, 'Infinity'));
};

function convertType(flag: Flag, text: string): unknown {
  switch (flag.type) {
    case 'int':
      return PYTHON_INT.test(text) ? Number(text.trim().replaceAll('_', '')) : undefined;
    case 'float':
      return PYTHON_FLOAT.test(text) ? toFloat(text) : undefined;
    case 'bool':
      return text !== ''; // bool('False') is True
    case 'enum':
      return flag.choices?.includes(text) ? text : undefined; // Megatron raises KeyError here: a traceback, code 1
    case 'cuda_graph_modules':
      return GRAPH_MODULES.has(text) ? text : undefined; // the same
    case 'int_tuple': {
      const parts = text.replace(/^[()]+|[()]+$/g, '').split(',');
      return parts.every(part => PYTHON_INT.test(part)) ? parts.map(Number) : undefined;
    }
    case 'int_or_pylist':
      if (text.includes('[')) return /^[\d,[\]()+*]+$/.test(text) ? evaluateList(text) : undefined;
      return PYTHON_INT.test(text) ? Number(text.trim().replaceAll('_', '')) : undefined;
    default:
      return text;
  }
}

function convert(flag: Flag, text: string): Converted {
  const value = convertType(flag, text);
  if (value === undefined) {
    const name = TYPE_NAMES[flag.dest] ?? TYPE_NAMES[flag.type ?? ''] ?? flag.type;
    return { error: `invalid ${name} value: ${pythonRepr(text)}` };
  }
  if (flag.choices && !flag.choices.includes(value as string)) {
    const repr = (each: string | number) => (typeof each === 'string' ? pythonRepr(each) : String(each));
    return { error: `invalid choice: ${repr(value as string)} (choose from ${flag.choices.map(repr).join(', ')})` };
  }
  return { value };
}

/** One option with the words that follow it up to the next option; `explicit` is what stood behind `=`. */
function consume(flag: Flag, name: string, explicit: string | undefined, following: readonly string[]): Outcome {
  if (flag.action !== 'store') {
    if (explicit !== undefined) return { error: `ignored explicit argument ${pythonRepr(explicit)}`, taken: 0 };
    const negative = flag.action === 'boolean_optional' && name.startsWith('--no-');
    return { value: flag.action !== 'store_false' && !negative, taken: 0 };
  }
  const words = explicit === undefined ? following : [explicit];
  const wanted = typeof flag.nargs === 'number' ? flag.nargs : flag.nargs === null ? 1 : words.length;
  const taken = explicit === undefined ? Math.min(wanted, words.length) : 0;
  if (flag.nargs === '+' && words.length === 0) return { error: 'expected at least one argument', taken };
  if (words.length < wanted) {
    return { error: wanted === 1 ? 'expected one argument' : `expected ${wanted} arguments`, taken };
  }
  const converted = words.slice(0, wanted).map(word => convert(flag, word));
  const bad = converted.find(each => 'error' in each);
  if (bad) return { error: bad.error, taken };
  const values = converted.map(each => ('value' in each ? each.value : undefined));
  return { value: flag.nargs === null ? values[0] : values, taken };
}

const defaultsOf = (list: readonly Flag[]): Values =>
  Object.fromEntries(list.filter(flag => flag.action !== 'help').map(flag => [flag.dest, flag.default]));

/**
 * What Python's argparse (allow_abbrev off) makes of `argv` with the recorded list. argparse stops at its first complaint;
 * here all of them are given, in its order and words. A `rejected` option passes: Megatron refuses those itself, later.
 * `-h` or `--help` ends the reading with `values.help` true, as argparse prints its help and leaves at once.
 */
export function parseArguments(list: readonly Flag[], argv: readonly string[]): Parsed {
  const byName = new Map(list.flatMap(flag => flag.flags.map(name => [name, flag] as const)));
  const values = defaultsOf(list);
  const errors: string[] = [];
  const unknown: string[] = [];
  const given = new Set<Flag>();
  const nameOf = (word: string): string => (byName.has(word) ? word : word.split('=', 1)[0]!);
  const isValue = (word: string): boolean => {
    if (!word.startsWith('-') || word === '-') return true;
    if (byName.has(nameOf(word)) || word === '--') return false;
    return NEGATIVE_NUMBER.test(word) || word.includes(' ');
  };
  for (let at = 0; at < argv.length; ) {
    const word = argv[at++]!;
    const name = nameOf(word);
    const flag = isValue(word) ? undefined : byName.get(name);
    if (!flag) {
      unknown.push(word);
      if (word === '--') unknown.push(...argv.slice(at));
      if (word === '--') break;
      continue;
    }
    const end = argv.findIndex((next, index) => index >= at && !isValue(next));
    const following = argv.slice(at, end < 0 ? undefined : end);
    if (flag.action === 'help' && word === name) return { values: { ...values, help: true }, errors, given };
    const outcome = consume(flag, name, word === name ? undefined : word.slice(name.length + 1), following);
    at += outcome.taken;
    if ('error' in outcome) errors.push(`argument ${flag.flags.join('/')}: ${outcome.error}`);
    else values[flag.dest] = outcome.value;
    given.add(flag);
  }
  const missing = list.filter(flag => flag.required && !given.has(flag)).map(flag => flag.flags.join('/'));
  if (missing.length > 0) errors.push(`the following arguments are required: ${missing.join(', ')}`);
  if (unknown.length > 0) errors.push(`unrecognized arguments: ${unknown.join(' ')}`);
  return { values, errors, given };
}
