import { expect, test } from 'vitest';
import { readLine } from '../../../src/engines/megatron/log.ts';

const LINE =
  ' [2026-09-14 04:02:11.730518] iteration     1200/    5000 | consumed samples:       307200 | elapsed time per iteration (ms): 1986.4 | throughput per GPU (TFLOP/s/GPU): 189.8 | energy per GPU (J/iter/GPU): 1012.4 | power per GPU (W/GPU): 509.7 | learning rate: 9.412533E-06 | global batch size:   256 | lm loss: 1.488210E+00 | load_balancing_loss: 1.031877E+00 | loss scale: 1.0 | grad norm: 0.412 | num zeros: 1093 | params norm: 812.337 | number of skipped iterations:   0 | number of nan iterations:   0 |';

const asMap = (line: string) => Object.fromEntries(readLine(line).map(each => [each.name, each.value]));

test('every field of a training line becomes a number under the name the log gave it', () => {
  expect(asMap(LINE)).toMatchObject({
    iterations: 5000,
    'consumed samples': 307200,
    'throughput per GPU (TFLOP/s/GPU)': 189.8,
    'learning rate': 9.412533e-6,
    'global batch size': 256,
    'lm loss': 1.48821,
    load_balancing_loss: 1.031877,
    'num zeros': 1093,
  });
  expect(readLine(LINE).every(each => each.step === 1200)).toBe(true);
});

test('a launcher may put its prefix in front of a training line', () => {
  for (const prefix of ['[default7]:', '7: ', '[rank7]:']) expect(asMap(prefix + LINE)['lm loss']).toBe(1.48821);
});

test('a training line without a loss is a NaN, because Megatron leaves the field out', () => {
  expect(asMap(LINE.replace(/ lm loss: [^|]*\|/, ''))['lm loss']).toBeNaN();
});

test('nan and inf are values', () => {
  const values = asMap(
    LINE.replace('grad norm: 0.412', 'grad norm: nan').replace('params norm: 812.337', 'params norm: inf'),
  );
  expect(values['grad norm']).toBeNaN();
  expect(values['params norm']).toBe(Number.POSITIVE_INFINITY);
});

test('a line cut off in the middle gives what is whole and no wrong number', () => {
  const values = asMap(LINE.slice(0, LINE.indexOf('9.412533') + 4));
  expect(values['consumed samples']).toBe(307200);
  expect(values['lm loss']).toBeNaN();
});

test.each([
  [
    ' validation loss at iteration 1200 | lm loss value: 1.602300E+00 | lm loss PPL: 4.964438E+00 | ',
    { step: 1200, name: 'validation lm loss', value: 1.6023 },
  ],
  [
    '  [2026-09-14 04:02:11.730518] successfully saved checkpoint from iteration    1200 to /a b/c [ t 1/2, gtp_remat 1/1, p 1/4 ]',
    { step: 1200, name: 'checkpoint saved', value: 1200 },
  ],
  [
    '  successfully loaded checkpoint from /a/b [ t 1/1, gtp_remat 1/1, p 1/1 ] at iteration 1200',
    { step: 1200, name: 'checkpoint loaded', value: 1200 },
  ],
  [
    ' > number of parameters on (tensor, gtp_remat, pipeline) model parallel rank (0, 0, 0): 4015263744',
    { step: 0, name: 'parameters', value: 4015263744 },
  ],
  [
    '  num_layers ...................................... 32',
    { step: 0, name: 'arg:num_layers', value: 32, text: '32' },
  ],
  [
    '  lr .............................................. 2.5e-05',
    { step: 0, name: 'arg:lr', value: 2.5e-5, text: '2.5e-05' },
  ],
  ['  bf16 ............................................ True', { step: 0, name: 'arg:bf16', value: 1, text: 'True' }],
])('%s', (line, metric) => {
  expect(readLine(line)).toEqual([metric]);
});

test.each([
  '',
  'training ...',
  '> building train, validation, and test datasets ...',
  'iteration 12 of something else',
])('"%s" says nothing', line => {
  expect(readLine(line)).toEqual([]);
});
