import type { Flag } from '../../src/engines/megatron/argparse.ts';
import recorded from '../../src/engines/megatron/flags/core_v0.19.0.json' with { type: 'json' };
import { ARGUMENT_RULES } from '../../src/engines/megatron/rules/index.ts';

export const LIST = recorded as readonly Flag[];

const NAMES = new Set(LIST.flatMap(flag => flag.flags));

/** Llama 3.1 8B as a recipe would train it: a command line with nothing wrong in it, for 32 GPUs. */
export const BASE: readonly string[] =
  `--num-layers=32 --hidden-size=4096 --ffn-hidden-size=14336 --num-attention-heads=32
  --group-query-attention --num-query-groups=8 --kv-channels=128 --seq-length=8192 --max-position-embeddings=131072 --swiglu
  --normalization RMSNorm --disable-bias-linear --position-embedding-type=rope --rotary-base=500000 --use-rope-scaling
  --untie-embeddings-and-output-weights --attention-dropout=0.0 --hidden-dropout=0.0 --bf16 --padded-vocab-size=128256
  --tensor-model-parallel-size=2 --sequence-parallel --use-distributed-optimizer --micro-batch-size=2
  --global-batch-size=1024 --train-iters=25000 --lr 2.5e-5 --min-lr=2.5e-6 --lr-decay-style=cosine --lr-warmup-iters=1000
  --weight-decay=0.1 --adam-beta2=0.95 --split=990,10,0 --eval-interval=500 --eval-iters=10 --save=x --save-interval=500
  --data-path 0.3 a 0.7 b --exit-signal-handler --seed=1234`.split(/\s+/);

export const RANKS = { RANK: '0', WORLD_SIZE: '32', CUDA_DEVICE_MAX_CONNECTIONS: '1' };

/** Options whose values other rules than argparse's look at, or that a rehearsal cannot follow. */
const LOOKED_AT = new RegExp(
  `^(${[
    ...BASE.filter(word => word.startsWith('--')).map(word => word.slice(2).split('=')[0]),
    ...[
      'help',
      'train-',
      'valid-',
      'test-data',
      'data-args',
      'per-split',
      'mock-data',
      'lr-',
      'min-lr',
      'eval-',
      'save',
    ],
    ...['skip-train', 'sft$', 'perform-rl', 'full-valid', 'multiple-valid', 'step-batch', 'ckpt-', 'no-load-optim'],
    ...['optimizer$', '.*parallel-size', '.*weight-shards', 'account-for', 'decoder-', 'pipeline-model'],
    ...['load', 'pretrained', 'exit-', 'weight-decay', 'start-weight', 'end-weight', 'num-experts', 'h$'],
  ].join('|')})`,
);
const RULED = new Set(ARGUMENT_RULES.flatMap(rule => rule.blame));
const FREE = LIST.filter(
  flag =>
    flag.status !== 'rejected' && !RULED.has(flag.dest) && !flag.flags.some(name => LOOKED_AT.test(name.slice(2))),
);

/** Chance that repeats. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const WELL: Readonly<Record<string, readonly string[]>> = {
  int: ['1', '0', '+5', ' 7 ', '1_000', '-3', '007'],
  float: ['1e-5', '.5', '5.', '-1.5', '1_0.5', 'inf', 'NaN', ' 2 ', '+1E3'],
  str: ['abc', 'a b', '日本語', '', 'x=y', "it's", '-a b', '/data/x'],
  bool: ['', 'False', '1'],
  int_or_pylist: ['4', '([0]*3+[1]*45)', '[1,0]*2', '[]'],
  int_tuple: ['127,0', '(1,2,3)', '5'],
  cuda_graph_modules: ['attn', 'moe_router', 'full'],
};
const ILL: Readonly<Record<string, readonly string[]>> = {
  int: ['5e5', '3.5', 'abc', '', '1__0', '0x10', '1_', 'None', '1,000', 'inf'],
  float: ['abc', '1,5', '1e', '', '--5', '1_.5', 'infinite', '0x1p3', '1e5.0'],
  int_or_pylist: ['x', '[1', '[a]', '[1]*2.0', '1.5', '[1] ', ''],
  int_tuple: ['1,', 'a,b', '', '1.5,2', '1;2'],
  cuda_graph_modules: ['attention', '', 'Attn'],
};

const wellFor = (flag: Flag, dice: Dice): string =>
  String(flag.choices ? dice.pick(flag.choices) : dice.pick(WELL[flag.type ?? 'str'] ?? []));

/** One option with values it takes, in one of the two spellings. */
function well(flag: Flag, dice: Dice): string[] {
  const name = dice.pick(flag.flags);
  if (flag.action !== 'store') return [name];
  const count = typeof flag.nargs === 'number' ? flag.nargs : flag.nargs === null ? 1 : 1 + dice.below(3);
  const values = Array.from({ length: count }, () => wellFor(flag, dice));
  const asWord = values.every(value => !value.startsWith('-') || value.includes(' ') || /^-[\d.]+$/.test(value));
  if (count === 1 && (!asWord || dice.below(2) === 0)) return [`${name}=${values[0]}`];
  return asWord
    ? [name, ...values]
    : [name, ...values.map(() => wellFor({ ...flag, type: 'str', choices: flag.choices ?? ['0'] }, dice))];
}

/** A line that Megatron's parser takes: the base, and some options more, in any order of theirs. */
export function goodLine(dice: Dice): string[] {
  const more = Array.from({ length: 1 + dice.below(8) }, () => dice.pick(FREE));
  return [...BASE, ...more.flatMap(flag => well(flag, dice))];
}

const options = (of: (flag: Flag) => boolean): readonly Flag[] => FREE.filter(of);
const store = options(flag => flag.action === 'store');
const bare = options(flag => flag.action !== 'store');

const unknown = (make: (name: string) => string, dice: Dice): string => {
  for (;;) {
    const name = make(dice.pick(FREE).flags[0] ?? '');
    if (!NAMES.has(name) && /^--[a-z]/.test(name)) return name;
  }
};

/** What can be wrong with a command line, one way each: by name, type, choice or number of values. */
export const MUTATIONS: Readonly<Record<string, (dice: Dice) => string[]>> = {
  'a letter too many in a name': dice => [unknown(name => `${name.slice(0, 6)}x${name.slice(6)}`, dice)],
  'a name cut short': dice => [unknown(name => name.slice(0, -1), dice)],
  'underscores in a name': dice => [unknown(name => `--${name.slice(2).replaceAll('-', '_')}`, dice), '1'],
  'a type missed': dice => {
    const flag = dice.pick(options(each => each.choices === null && (each.type ?? '') in ILL));
    return [`${flag.flags[0]}=${dice.pick(ILL[flag.type ?? ''] ?? [])}`];
  },
  'a choice that is none': dice => [`${dice.pick(options(each => each.choices !== null)).flags[0]}=none-of-these`],
  'no value': dice => [dice.pick(store.filter(each => each.nargs !== '*')).flags[0] ?? ''],
  'a value for a bare flag': dice => [`${dice.pick(bare).flags[0]}=${dice.pick(['1', 'true', ''])}`],
  'too few values': () => ['--rampup-batch-size', '32', '32'],
  'a word too many': dice => [dice.pick(bare).flags[0] ?? '', 'stray'],
  'a second value for one': dice => {
    const flag = dice.pick(store.filter(each => each.nargs === null && each.type === 'str' && each.choices === null));
    return [flag.flags[0] ?? '', 'one', 'two'];
  },
  'a negative exponent as a word of its own': dice => [
    dice.pick(options(each => each.type === 'float' && each.nargs === null)).flags[0] ?? '',
    '-1e-5',
  ],
  'an option of an older release': dice => [
    dice.pick([
      '--use-legacy-models',
      '--rl-generation-batch-size=4',
      '--muon-use-nesterov',
      '--tokenizer-hf-use-fast',
    ]),
  ],
  'an option of another tool': dice => [
    dice.pick(['--use-z-loss', '--learning-rate=1e-5', '--batch_size=4', '--num_train_epochs=1', '-lr=1']),
  ],
};

/** A good line with one thing wrong; the wrong words come last, so that nothing swallows them. */
export function badLine(kind: string, dice: Dice): string[] {
  return [...goodLine(dice), '--bf16', ...(MUTATIONS[kind] as (dice: Dice) => string[])(dice)];
}
