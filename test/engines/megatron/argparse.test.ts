import { expect, test } from 'vitest';
import { type Flag, parseArguments } from '../../../src/engines/megatron/argparse.ts';
import recorded from '../../../src/engines/megatron/flags/core_v0.19.0.json' with { type: 'json' };
import { preprocessOptions } from '../../../src/engines/megatron/preprocess-options.ts';

const LIST = recorded as readonly Flag[];
const parse = (...argv: string[]) => parseArguments(LIST, argv);

// Messages as argparse of Python 3.11 gave them for the same parser.
const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  ['a float where an integer is wanted', ['--seed', '5e5'], "argument --seed: invalid int value: '5e5'"],
  ['a word where a number is wanted', ['--lr', 'abc'], "argument --lr: invalid float value: 'abc'"],
  ['nothing behind the equals sign', ['--lr='], "argument --lr: invalid float value: ''"],
  [
    'a choice that is none',
    ['--ckpt-format', 'zarr'],
    "argument --ckpt-format: invalid choice: 'zarr' (choose from 'torch', 'torch_dist', 'torch_dcp', 'fsdp_dtensor')",
  ],
  [
    'a number that is no choice',
    ['--timing-log-level', '7'],
    'argument --timing-log-level: invalid choice: 7 (choose from 0, 1, 2)',
  ],
  ['a value for a bare flag', ['--swiglu=1'], "argument --swiglu: ignored explicit argument '1'"],
  ['no value', ['--lr'], 'argument --lr: expected one argument'],
  ['an option where a value is wanted', ['--lr', '--bf16'], 'argument --lr: expected one argument'],
  ['a negative number in scientific notation', ['--lr', '-1e-5'], 'argument --lr: expected one argument'],
  ['no value for a list', ['--recompute-modules'], 'argument --recompute-modules: expected at least one argument'],
  [
    'two values where three are wanted',
    ['--rampup-batch-size', '1', '2'],
    'argument --rampup-batch-size: expected 3 arguments',
  ],
  [
    'a list expression with a name in it',
    ['--moe-layer-freq', '[x]'],
    "argument --moe-layer-freq: invalid moe_freq_type value: '[x]'",
  ],
  ['a tuple with a hole', ['--window-size', '127,'], "argument --window-size: invalid tuple_type value: '127,'"],
  [
    'an alias is named with its option',
    ['--save-interval', 'x'],
    "argument --save-interval/--persistent-save-interval: invalid int value: 'x'",
  ],
  ['a prefix of an option', ['--learning', '1'], 'unrecognized arguments: --learning 1'],
  ['a stray word', ['--bf16', 'stray'], 'unrecognized arguments: stray'],
  ['a second word for one value', ['--lr=1', '2'], 'unrecognized arguments: 2'],
  [
    'an option that 0.19 dropped',
    ['--rl-parallel-generation-tasks', '4'],
    'unrecognized arguments: --rl-parallel-generation-tasks 4',
  ],
  ['a double dash', ['--data-path', 'a', '--', 'b'], 'unrecognized arguments: -- b'],
];

test.each(REFUSED)('%s is refused in the words of argparse', (_, argv, message) => {
  expect(parse(...argv).errors[0]).toBe(message);
});

const TAKEN: readonly (readonly [string, readonly string[], string, unknown])[] = [
  ['underscores in a number', ['--seed', '1_000'], 'seed', 1000],
  ['blanks around a number', ['--seed', ' 5 '], 'seed', 5],
  ['a float without digits behind its point', ['--lr', '5.'], 'lr', 5],
  ['infinity', ['--clip-grad', 'inf'], 'clip_grad', Number.POSITIVE_INFINITY],
  ['a negative number as a word of its own', ['--adlr-autoresume-interval', '-3'], 'adlr_autoresume_interval', -3],
  ['a value that looks like an option, behind an equals sign', ['--data-path=--odd'], 'data_path', ['--odd']],
  ['a word with a blank and a leading dash', ['--data-path', '-a b'], 'data_path', ['-a b']],
  ['an empty list', ['--data-path'], 'data_path', []],
  [
    'a list up to the next option',
    ['--data-path', '0.3', 'a', '0.7', 'b', '--bf16'],
    'data_path',
    ['0.3', 'a', '0.7', 'b'],
  ],
  ['the last of two', ['--lr', '1', '--lr=2'], 'lr', 2],
  ['a list expression', ['--moe-layer-freq', '([0]*3+[1]*2)'], 'moe_layer_freq', [0, 0, 0, 1, 1]],
  ['a tuple with its brackets', ['--window-size', '(127,0)'], 'window_size', [127, 0]],
  ['a twin that says no', ['--no-rl-partial-rollouts'], 'rl_partial_rollouts', false],
  ['a flag that turns something off', ['--disable-bias-linear'], 'add_bias_linear', false],
  ['a word that Python takes for true', ['--onnx-safe', 'False'], 'onnx_safe', true],
  ['nothing, where the default stays', [], 'micro_batch_size', null],
];

test.each(TAKEN)('%s is taken', (_, argv, dest, value) => {
  const parsed = parse(...argv);
  expect(parsed.errors).toEqual([]);
  expect(parsed.values[dest]).toEqual(value);
});

test('all complaints are told, in order, unknown options last', () => {
  expect(parse('--foo', '--lr', 'x', '--seed', 'y').errors.map(each => each.slice(0, 15))).toEqual([
    'argument --lr: ',
    'argument --seed',
    'unrecognized ar',
  ]);
});

test('a rejected option passes the parser, as it does in Megatron, and can be told by what was given', () => {
  const parsed = parse('--batch-size', '4');
  expect(parsed.errors).toEqual([]);
  expect([...parsed.given].map(flag => flag.status)).toEqual(['rejected']);
});

test('help ends the reading before what is wrong behind it', () => {
  expect(parse('--help', '--foo')).toMatchObject({ values: { help: true }, errors: [] });
});

test('preprocess_data.py has the tokenizer options of training, options of its own, and three it cannot do without', () => {
  const options = preprocessOptions(LIST);
  const given = [
    '--input=a',
    '--output-prefix=b',
    '--workers=2',
    '--append-eod',
    '--tokenizer-type=HuggingFaceTokenizer',
  ];
  expect(parseArguments(options, [...given, '--tokenizer-model=c']).errors).toEqual([]);
  expect(parseArguments(options, ['--input=a']).errors).toEqual([
    'the following arguments are required: --output-prefix, --workers',
  ]);
  expect(parseArguments(options, [...given, '--lr=1']).errors).toEqual(['unrecognized arguments: --lr=1']);
  expect(options.filter(flag => !flag.required)).toHaveLength(11 + 20);
});
