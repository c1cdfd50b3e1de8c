import { expect, test } from 'vitest';
import { type Flag, parseArguments } from '../../../src/engines/megatron/argparse.ts';
import recorded from '../../../src/engines/megatron/flags/core_v0.19.0.json' with { type: 'json' };
import {
  learningRate,
  scheduleMismatch,
  scheduleOf,
  weightDecay,
} from '../../../src/engines/megatron/param-scheduler.ts';

const argumentsOf = (line: string) =>
  parseArguments(recorded as readonly Flag[], `--global-batch-size=8 --train-iters=100 ${line}`.split(' ')).values;

/** The rate that the training line of an iteration shows. */
const rates = (line: string, ...iterations: number[]): number[] => {
  const a = argumentsOf(line);
  return iterations.map(iteration => learningRate(a, scheduleOf(a), iteration * 8));
};

const ROWS: readonly (readonly [string, string, readonly (readonly [number, number])[]])[] = [
  [
    'warm-up is linear from its first value, and the first line is not 0',
    '--lr=1e-3 --lr-warmup-iters=10',
    [
      [1, 1e-4],
      [10, 1e-3],
    ],
  ],
  [
    'warm-up may begin above 0',
    '--lr=1e-3 --lr-warmup-iters=10 --lr-warmup-init=5e-4',
    [
      [0, 5e-4],
      [5, 7.5e-4],
    ],
  ],
  ['a fraction of the decay is a warm-up, too', '--lr=1e-3 --lr-warmup-fraction=0.1', [[5, 5e-4]]],
  [
    'linear is the default and ends at the minimum',
    '--lr=1e-3 --min-lr=1e-4',
    [
      [50, 5.5e-4],
      [100, 1e-4],
      [101, 1e-4],
    ],
  ],
  [
    'a cosine is half way in the middle',
    '--lr=2.5e-5 --min-lr=2.5e-6 --lr-decay-style=cosine',
    [
      [50, 1.375e-5],
      [100, 2.5e-6],
    ],
  ],
  [
    'a cosine starts behind the warm-up',
    '--lr=1e-3 --lr-decay-style=cosine --lr-warmup-iters=20',
    [
      [20, 1e-3],
      [60, 5e-4],
    ],
  ],
  [
    'a decay shorter than the training stays at its minimum',
    '--lr=1e-3 --lr-decay-iters=50 --min-lr=1e-4',
    [[75, 1e-4]],
  ],
  [
    'constant stays',
    '--lr=1e-3 --lr-decay-style=constant',
    [
      [1, 1e-3],
      [1000, 1e-3],
    ],
  ],
  [
    'an inverse square root needs no end',
    '--lr=1e-3 --lr-decay-style=inverse-square-root --lr-warmup-iters=4',
    [[16, 5e-4]],
  ],
  [
    'WSD is stable, then decays by its own style',
    '--lr=1e-3 --lr-decay-style=WSD --lr-wsd-decay-iters=20 --lr-wsd-decay-style=linear',
    [
      [80, 1e-3],
      [90, 5e-4],
      [100, 0],
    ],
  ],
  [
    'WSD decays exponentially unless told',
    '--lr=1e-3 --lr-decay-style=WSD --lr-wsd-decay-iters=20',
    [[90, 1e-3 * (2 * Math.SQRT1_2 - 1)]],
  ],
  [
    'WSD knows the square root',
    '--lr=1e-3 --lr-decay-style=WSD --lr-wsd-decay-iters=20 --lr-wsd-decay-style=minus_sqrt',
    [[85, 5e-4]],
  ],
];

test.each(ROWS)('%s', (_, line, expected) => {
  const seen = rates(line, ...expected.map(([iteration]) => iteration));
  for (const [i, [, rate]] of expected.entries()) expect(seen[i]).toBeCloseTo(rate, 12);
});

test('weight decay stays, or grows from its start to its end over the training', () => {
  const at = (line: string, iteration: number): number =>
    weightDecay(scheduleOf(argumentsOf(`--lr=1 ${line}`)), iteration * 8);
  const grows = '--start-weight-decay=0.1 --end-weight-decay=0.3 --weight-decay-incr-style';
  expect(at('--weight-decay=0.1', 50)).toBe(0.1);
  expect(at(`${grows}=linear`, 50)).toBeCloseTo(0.2, 12);
  expect(at(`${grows}=cosine`, 25)).toBeCloseTo(0.1 + 0.2 * 0.5 * (1 - Math.SQRT1_2), 12);
  expect(at(`${grows}=linear`, 200)).toBeCloseTo(0.3, 12);
});

test('a schedule that is not the checkpoint’s is told in the words of OptimizerParamScheduler', () => {
  const [own, saved] = ['--lr=2e-5', '--lr=2.5e-5'].map(line => scheduleOf(argumentsOf(line)));
  expect(scheduleMismatch(own!, own!)).toBeUndefined();
  expect(scheduleMismatch(own!, saved!)).toBe(
    'OptimizerParamScheduler: class input value 2e-05 and checkpointvalue 2.5e-05 for learning rate do not match',
  );
});
