import { expect, test } from 'vitest';
import { type Flag, parseArguments, type Values } from '../../../src/engines/megatron/argparse.ts';
import recorded from '../../../src/engines/megatron/flags/core_v0.19.0.json' with { type: 'json' };
import { readLine } from '../../../src/engines/megatron/log.ts';
import { flopsPerBatch, startLines, trainingLine, validationLines } from '../../../src/engines/megatron/log-lines.ts';
import { validateArguments } from '../../../src/engines/megatron/validate-args.ts';

const COMMON = `--swiglu --group-query-attention --micro-batch-size=1 --global-batch-size=256 --train-iters=5000 --lr=1e-5
  --eval-interval=100 --max-position-embeddings=131072 --log-throughput`;
const LLAMA_8B = `--num-layers=32 --hidden-size=4096 --ffn-hidden-size=14336 --num-attention-heads=32 --num-query-groups=8
  --kv-channels=128 --padded-vocab-size=128256`;
const QWEN_30B = `--num-layers=48 --hidden-size=2048 --ffn-hidden-size=6144 --num-attention-heads=32 --num-query-groups=4
  --kv-channels=128 --padded-vocab-size=151936 --num-experts=128 --moe-ffn-hidden-size=768 --moe-router-topk=8`;
const MIXTRAL = `--num-layers=32 --hidden-size=4096 --ffn-hidden-size=14336 --num-attention-heads=32 --num-query-groups=8
  --kv-channels=128 --padded-vocab-size=32000 --num-experts=8 --moe-router-topk=2`;
const EXTRAS =
  '--moe-shared-expert-intermediate-size=1024 --moe-layer-freq=([0]*3+[1]*45) --mtp-num-layers=1 --position-embedding-type=rope';

const argumentsOf = (line: string, world = '64'): Values => {
  const parsed = parseArguments(recorded as readonly Flag[], `${COMMON} ${line}`.split(/\s+/));
  const { values, refusal } = validateArguments(parsed, { WORLD_SIZE: world });
  expect([parsed.errors, refusal]).toEqual([[], undefined]);
  return values;
};

// num_floating_point_operations of core_v0.19.0, run for these models.
test.each([
  ['Llama 3.1 8B', LLAMA_8B, 4096, 5.059293e16],
  ['Qwen3 30B-A3B, a mixture of experts', QWEN_30B, 4096, 2.412383e16],
  ['Mixtral 8x7B', MIXTRAL, 4096, 8.357828e16],
  [
    'Qwen3 30B-A3B with dense layers, shared experts and an extra prediction layer',
    `${QWEN_30B} ${EXTRAS}`,
    4096,
    2.841692e16,
  ],
])('%s costs as many operations as Megatron counts', (_, line, sequence, flops) => {
  const counted = flopsPerBatch(argumentsOf(`${line} --seq-length=${sequence}`));
  expect(counted / flops).toBeCloseTo(1, 6);
});

test('a training line is formatted as training_log formats it, and our own reader gets back what was put in', () => {
  const a = argumentsOf(`${LLAMA_8B} --seq-length=4096`);
  const field = { iteration: 1, consumed: 256, seconds: 41.8736, rate: 1e-7, loss: 1.874213, norm: 2.911 };
  const line = trainingLine(a, field, '2026-09-14 03:12:45.104233');
  expect(line).toBe(
    ' [2026-09-14 03:12:45.104233] iteration        1/    5000 | consumed samples:          256 | elapsed time per iteration (ms): 41873.6 | throughput per GPU (TFLOP/s/GPU): 18.9 | learning rate: 1.000000E-07 | global batch size:   256 | lm loss: 1.874213E+00 | loss scale: 1.0 | grad norm: 2.911 | number of skipped iterations:   0 | number of nan iterations:   0 |',
  );
  expect(readLine(line).find(each => each.name === 'lm loss')).toMatchObject({ step: 1, value: 1.874213 });
});

test('a validation line stands between two lines of dashes, one longer than itself', () => {
  const [dashes, line, again] = validationLines('iteration 1200', 1.6023);
  expect(line).toBe(' validation loss at iteration 1200 | lm loss value: 1.602300E+00 | lm loss PPL: 4.964438E+00 | ');
  expect([dashes, again]).toEqual(['-'.repeat(line!.length + 1), '-'.repeat(line!.length + 1)]);
});

test('the dump of arguments has dots up to column 48, Python values, and every attribute once', () => {
  const a = argumentsOf(`${LLAMA_8B} --seq-length=4096`);
  const lines = startLines(a, new Set(['lr', 'min_lr']));
  expect(lines[0]).toBe(
    'using world size: 64, data-parallel size: 64, context-parallel size: 1, hierarchical context-parallel sizes: None, tensor-model-parallel size: 1, pipeline-model-parallel size: 1',
  );
  expect(lines).toContain('  lr .............................................. 1e-05');
  expect(lines).toContain('  min_lr .......................................... 0.0');
  expect(lines).toContain('  swiglu .......................................... True');
  expect(lines).toContain('  data_path ....................................... None');
  expect(lines.filter(line => line.startsWith('  '))).toHaveLength(Object.keys(a).length);
});
