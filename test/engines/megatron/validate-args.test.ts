import { expect, test } from 'vitest';
import { type Flag, parseArguments } from '../../../src/engines/megatron/argparse.ts';
import recorded from '../../../src/engines/megatron/flags/core_v0.19.0.json' with { type: 'json' };
import { type RankEnvironment, validateArguments } from '../../../src/engines/megatron/validate-args.ts';

const BASE = `--num-layers=32 --hidden-size=4096 --num-attention-heads=32 --group-query-attention --num-query-groups=8
  --seq-length=8192 --max-position-embeddings=8192 --micro-batch-size=1 --global-batch-size=64 --train-iters=100 --lr=1e-4
  --eval-interval=10 --swiglu`;

const validate = (line: string, environment: RankEnvironment = { WORLD_SIZE: '8' }) => {
  const parsed = parseArguments(recorded as readonly Flag[], `${BASE} ${line}`.trim().split(/\s+/));
  expect(parsed.errors).toEqual([]);
  return validateArguments(parsed, environment);
};

test('what is sound is taken, and what validate_args fills in is filled in', () => {
  const { values, refusal } = validate('--tensor-model-parallel-size=2', {
    WORLD_SIZE: '8',
    CUDA_DEVICE_MAX_CONNECTIONS: '1',
  });
  expect(refusal).toBeUndefined();
  expect(values).toMatchObject({
    data_parallel_size: 4,
    eval_global_batch_size: 64,
    ffn_hidden_size: 10880,
    kv_channels: 128,
  });
});

// Right column: fragments of what the real validation says, with a stub in torch's place.
const ROWS: readonly (readonly [string, RankEnvironment, string])[] = [
  ['--tensor-model-parallel-size=8', { WORLD_SIZE: '12' }, 'world size (12) is not divisible by total_model_size'],
  [
    '--tensor-model-parallel-size=4 --num-experts=8 --expert-model-parallel-size=8',
    { WORLD_SIZE: '16', CUDA_DEVICE_MAX_CONNECTIONS: '1' },
    'is not divisible by expert_tensor_model_pipeline_parallel size',
  ],
  ['--micro-batch-size=0', {}, 'AssertionError'],
  [
    '--global-batch-size=100',
    { WORLD_SIZE: '8' },
    'eval_global_batch_size (100) must be divisible by eval_micro_batch_size (1) * data_parallel_size (8)',
  ],
  [
    '--global-batch-size=100 --eval-global-batch-size=8',
    { WORLD_SIZE: '8' },
    'global batch size (100) is not divisible by micro batch size (1) times data parallel size (8)',
  ],
  ['--train-samples=100', {}, 'expected iteration-based training'],
  ['--lr-decay-samples=100', {}, 'expected iteration-based learning rate decay'],
  [
    '--lr-warmup-fraction=0.1 --lr-warmup-iters=4',
    {},
    'can only specify one of lr-warmup-fraction and lr-warmup-iters',
  ],
  ['--min-lr=1', {}, 'AssertionError'],
  ['--lr-warmup-iters=100', {}, 'lr_warmup_steps < self.lr_decay_steps'],
  ['--lr-decay-style=WSD', {}, 'wsd_decay_steps'],
  ['--save=x', {}, 'AssertionError'],
  ['--save=x --save-interval=10 --save-retain-interval=15', {}, 'AssertionError'],
  [
    '--max-position-embeddings=4096',
    {},
    'max_position_embeddings (4096) must be greater than or equal to seq_length (8192)',
  ],
  [
    '--context-parallel-size=8 --seq-length=8184',
    { WORLD_SIZE: '8', CUDA_DEVICE_MAX_CONNECTIONS: '1' },
    'seq-length should be a multiple of 2 * context-parallel-size',
  ],
  ['--num-attention-heads=30', {}, 'AssertionError'],
  [
    '--tensor-model-parallel-size=3',
    { WORLD_SIZE: '192', CUDA_DEVICE_MAX_CONNECTIONS: '1' },
    'num_attention_heads (32) must be a multiple of tensor_model_parallel_size (3)',
  ],
  [
    '--num-query-groups=6 --tensor-model-parallel-size=4',
    { WORLD_SIZE: '8', CUDA_DEVICE_MAX_CONNECTIONS: '1' },
    'num_query_groups (6) must be a multiple or divisor of tensor_model_parallel_size (4)',
  ],
  [
    '--pipeline-model-parallel-size=3',
    { WORLD_SIZE: '3' },
    'Number of layers should be divisible by the pipeline-model-parallel size',
  ],
  [
    '--tensor-model-parallel-size=2',
    { WORLD_SIZE: '8' },
    'require setting the environment variable CUDA_DEVICE_MAX_CONNECTIONS to 1',
  ],
  ['--warmup=10', {}, '--warmup argument is no longer valid'],
];

test.each(ROWS)('%s is refused in Megatron’s words', (line, environment, fragment) => {
  const { refusal } = validate(line, environment);
  expect(refusal?.text).toContain(fragment);
  expect(refusal?.exitCode).toBe(1);
});

test('what must be given is asked for by name', () => {
  const parsed = parseArguments(
    recorded as readonly Flag[],
    BASE.replace(/--max-position\S+/, '')
      .trim()
      .split(/\s+/),
  );
  expect(validateArguments(parsed, {}).refusal?.text).toBe('AssertionError: max_position_embeddings argument is None');
  const bare = parseArguments(
    recorded as readonly Flag[],
    BASE.replace(/--eval-interval\S+/, '')
      .trim()
      .split(/\s+/),
  );
  expect(validateArguments(bare, {}).refusal?.text).toContain('TypeError');
});

test('one refused option lets Megatron leave with code 0', () => {
  expect(validate('--checkpoint-activations').refusal).toMatchObject({ exitCode: 0 });
});
