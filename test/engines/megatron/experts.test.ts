import { expect, test } from 'vitest';
import { argvOf, errorsOf, ofLength } from './planned.ts';

const MOE = 'stages.cpt.parallel={tensor: 1, expert: 8, sharding: distributed-optimizer}';

test('Qwen3 30B-A3B is told as it was measured against the real parser', () => {
  const argv = argvOf('qwen3-30b-a3b', MOE);
  expect(argv).toEqual(
    expect.arrayContaining([
      ...['--num-layers=48', '--hidden-size=2048', '--ffn-hidden-size=6144', '--num-attention-heads=32'],
      ...[
        '--num-query-groups=4',
        '--kv-channels=128',
        '--qk-layernorm',
        '--rotary-base=1000000',
        '--norm-epsilon=1e-6',
      ],
      ...['--num-experts=128', '--moe-ffn-hidden-size=768', '--moe-router-topk=8'],
      ...['--moe-router-load-balancing-type=aux_loss', '--moe-aux-loss-coeff=0.001', '--moe-router-dtype=fp32'],
      ...['--moe-token-dispatcher-type=alltoall', '--moe-grouped-gemm', '--expert-model-parallel-size=8'],
      ...['--swiglu', '--disable-bias-linear'],
    ]),
  );
  expect(argv).not.toContain('--moe-router-pre-softmax');
});

test('GPT-OSS has its clamped gate, sinks, windows and YaRN, and neither SwiGLU nor a flag against biases', () => {
  const argv = argvOf('gpt-oss-20b', MOE, 'stages.cpt.extra.--use-flash-attn=false');
  expect(argv).toEqual(
    expect.arrayContaining([
      ...['--quick-geglu', '--glu-linear-offset=1.0', '--activation-func-clamp-value=7.0', '--softmax-type=learnable'],
      ...['--window-size=127,0', '--window-attn-skip-freq=2', '--position-embedding-type=yarn', '--rotary-base=150000'],
      ...['--rotary-scaling-factor=32', '--yarn-original-max-position-embeddings=4096', '--yarn-beta-fast=32'],
      ...['--yarn-beta-slow=1', '--no-yarn-correction-range-round-to-int', '--moe-router-load-balancing-type=none'],
      ...['--no-bias-dropout-fusion', '--no-rope-fusion', '--attention-backend=fused', '--num-experts=32'],
    ]),
  );
  for (const flag of ['--swiglu', '--disable-bias-linear']) expect(argv).not.toContain(flag);
  expect(argv.filter(word => word.startsWith('--moe-aux-loss-coeff'))).toEqual([]);
});

test('words of the recipe stand in the place of the architecture’s own', () => {
  const moe = '{aux_loss: 0.02, router_z_loss: 0.001, balancing: seq_aux_loss, dispatcher: flex, permute_fusion: true}';
  const argv = argvOf(
    'mixtral-8x7b',
    MOE,
    `stages.cpt.moe=${moe}`,
    'model.num_experts=16',
    'model.num_experts_per_tok=4',
  );
  expect(argv).toEqual(
    expect.arrayContaining([
      ...['--num-experts=16', '--moe-router-topk=4', '--moe-aux-loss-coeff=0.02', '--moe-z-loss-coeff=0.001'],
      ...['--moe-router-load-balancing-type=seq_aux_loss', '--moe-token-dispatcher-type=flex', '--moe-permute-fusion'],
    ]),
  );
});

test('sinkhorn, which balances by itself, is given no auxiliary loss', () => {
  const argv = argvOf('mixtral-8x7b', MOE, 'stages.cpt.moe={balancing: sinkhorn}');
  expect(argv).toContain('--moe-router-load-balancing-type=sinkhorn');
  expect(argv.filter(word => word.startsWith('--moe-aux-loss'))).toEqual([]);
});

test('a window is told only where a sequence is longer than it', () => {
  const windows = (length: number) =>
    argvOf('mistral-7b', ...ofLength(length)).filter(word => word.startsWith('--window'));
  expect(windows(4096)).toEqual([]);
  expect(windows(8192)).toEqual(['--window-size=4095,0']);
});

test('a dense model has no word about experts', () => {
  expect(argvOf('qwen3-8b').filter(word => /moe|expert/.test(word))).toEqual([]);
});

const PLAIN = 'sharding: distributed-optimizer';
test.each<[string, string, readonly string[], RegExp]>([
  ['moe', 'qwen3-8b', ['stages.cpt.moe={aux_loss: 0.01}'], /has none/],
  ['parallel.expert', 'qwen3-8b', [`stages.cpt.parallel={expert: 8, ${PLAIN}}`], /no experts to spread/],
  ['parallel.expert', 'mixtral-8x7b', [`stages.cpt.parallel={expert: 16, ${PLAIN}}`], /8 experts cannot be spread/],
  ['parallel.expert', 'qwen3-30b-a3b', [`stages.cpt.parallel={expert: 128, ${PLAIN}}`], /does not divide 64 GPUs/],
  [
    'parallel.sequence',
    'mixtral-8x7b',
    [`stages.cpt.parallel={tensor: 2, sequence: false, expert: 8, expert_tensor: 1, ${PLAIN}}`],
    /need parallel\.sequence: true/,
  ],
  [
    'parallel.expert_tensor',
    'gpt-oss-20b',
    [`stages.cpt.parallel={tensor: 2, sequence: true, expert: 8, ${PLAIN}}`],
    /have biases/,
  ],
  [
    'parallel.expert_tensor',
    'qwen3-30b-a3b',
    [`stages.cpt.parallel={tensor: 1, expert: 2, expert_tensor: 5, ${PLAIN}}`],
    /768 is not divisible by expert tensor 5/,
  ],
  ['moe.aux_loss', 'mixtral-8x7b', [MOE, 'stages.cpt.moe={balancing: sinkhorn, aux_loss: 0.1}'], /no auxiliary loss/],
  [
    'moe.capacity_factor',
    'mixtral-8x7b',
    [MOE, 'stages.cpt.moe={balancing: sinkhorn, capacity_factor: 2}'],
    /takes no/,
  ],
  ['parallel.context', 'mistral-7b', [`stages.cpt.parallel={context: 2, ${PLAIN}}`], /cannot be split over context 2/],
  [
    'parallel.context',
    'gpt-oss-20b',
    [
      `stages.cpt.parallel={tensor: 2, context: 8, expert: 4, expert_tensor: 1, ${PLAIN}}`,
      'stages.cpt.extra.--cp-comm-type=a2a',
    ],
    /32 heads and 4 key-value groups a rank cannot be exchanged over context 8/,
  ],
  ['model.num_experts_per_tok', 'mixtral-8x7b', [MOE, 'model.num_experts_per_tok=1'], /1 of 8 experts a token/],
  ['model.num_experts_per_tok', 'mixtral-8x7b', [MOE, 'model.num_experts_per_tok=9'], /9 of 8 experts a token/],
  [
    'parallel.context',
    'gpt-oss-20b',
    [`stages.cpt.parallel={context: 2, expert: 8, ${PLAIN}}`],
    /cannot be split over context 2/,
  ],
  ['extra.--use-flash-attn', 'gpt-oss-20b', [MOE], /has no kernel in FlashAttention/],
  ['model.architecture', 'gemma-2-9b', [], /cannot be trained with pretrain_gpt\.py/],
])('%s of %s that Megatron-LM would refuse is a finding at its place', (path, architecture, sets, what) => {
  const found = errorsOf(architecture, ...sets);
  const full = path.startsWith('model.') ? path : `stages.cpt.${path}`;
  expect(found).toContainEqual({ code: 'MRT-E002', path: full, what: expect.stringMatching(what) });
});

test.each([
  ['mixtral-8x7b', [`stages.cpt.parallel={tensor: 2, sequence: true, expert: 8, expert_tensor: 1, ${PLAIN}}`]],
  ['qwen3-30b-a3b', [MOE]],
  [
    'gpt-oss-120b',
    [
      'stages.cpt.extra.--use-flash-attn=false',
      `stages.cpt.parallel={tensor: 2, sequence: true, expert: 8, expert_tensor: 1, ${PLAIN}}`,
    ],
  ],
  ['optimal-sparsity-d1024-e16-k2', [MOE, ...ofLength(4096)]],
  ['drop-upcycling-8x1.5b', [MOE, ...ofLength(4096)]],
  ['open-sci-ref-1.7b', [...ofLength(4096), `stages.cpt.parallel={${PLAIN}}`]],
  ['llama-2-13b', [...ofLength(4096), 'model.vocab_size=43176']],
])('%s in a layout that fits has no finding', (architecture, sets) => {
  expect(errorsOf(architecture, ...sets)).toEqual([]);
});
