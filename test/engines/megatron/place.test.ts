import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ARCHITECTURES } from '../../../src/engines/architectures/index.ts';
import { recogniseArchitecture } from '../../../src/engines/architectures/recognise.ts';
import { placeArguments } from '../../../src/engines/megatron/place.ts';
import { RECORDED } from '../../../src/engines/megatron/recorded.ts';
import { splitArguments } from '../../../src/engines/megatron/split-arguments.ts';
import { cptStageOf } from '../../../src/script/cpt-stage.ts';
import { planOf, RECIPE_8B } from '../../helpers/planning.ts';
import { ROOT } from '../../helpers/sandbox.ts';

/** argv of the recipe's own job, each word as the program would get it. */
const argvOf = (...sets: string[]): string[] => {
  const { value, diagnostics } = planOf({ cluster: 'abci3', stages: ['cpt'], sets });
  const job = value?.jobs.find(each => each.key.stage === 'cpt');
  if (!job) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return job.program.argv.slice(1).map(word => word.map(part => ('lit' in part ? part.lit : '1')).join(''));
};

const SIZES =
  '--num-layers 32 --hidden-size 4096 --ffn-hidden-size 14336 --num-attention-heads 32 --group-query-attention --num-query-groups 8 ' +
  '--position-embedding-type rope --rotary-base 500000 --normalization RMSNorm --norm-epsilon 1e-5 --swiglu --disable-bias-linear ' +
  '--untie-embeddings-and-output-weights --seq-length 4096 --micro-batch-size 1 --global-batch-size 64 --train-iters 100 --lr 1e-4 ' +
  '--data-path 1 /d/a_text_document --load /c/base --save /c/out --bf16';
const place = (more: string, base = SIZES) => placeArguments(`${base} ${more}`.trim().split(/\s+/), '');
const fateOf = (flag: string, more: string) => place(more).fates.find(each => each.flag === flag);

test('the command line of the shipped recipe becomes its stage again, key by key', () => {
  const written = parse(readFileSync(join(ROOT, RECIPE_8B), 'utf8')).stages.cpt;
  const placed = placeArguments(argvOf(), 'Llama-3.1-8B');
  expect(placed.problem).toBeUndefined();
  expect(placed.refused).toEqual([]);
  const stage = cptStageOf(placed) as Record<string, Record<string, unknown>>;
  for (const key of ['sequence_length', 'batch', 'optimizer', 'schedule', 'precision', 'data', 'validation'])
    expect(stage[key], key).toEqual(written[key]);
  expect(stage.budget).toEqual({ steps: written.budget.steps });
  expect(stage.parallel).toEqual(written.parallel);
  expect(stage.checkpoint).toEqual({ every_steps: 500, format: 'torch_dist', async: true });
  expect(placed.extra).toEqual(written.extra);
  expect(placed.model?.architecture.id).toBe('llama-3.1-8b');
  expect(placed.model?.overrides).toEqual({});
});

test.each([
  [
    'stages.cpt.schedule={decay: wsd, warmup_steps: 10, decay_steps: 25000, cooldown_steps: 100, cooldown: minus-sqrt}',
    'schedule',
  ],
  [
    'stages.cpt.optimizer={name: adamw, lr: 1.0e-5, min_lr: 1.0e-6, betas: [0.8, 0.99], eps: 1.0e-6, weight_decay: 0.01, clip_grad: 2}',
    'optimizer',
  ],
  ['stages.cpt.recompute=full', 'recompute'],
  ['stages.cpt.recompute=selective', 'recompute'],
  ['stages.cpt.offload=[optimizer]', 'offload'],
  ['stages.cpt.fp8={format: hybrid, recipe: delayed, amax_history: 1024, amax_algorithm: max, margin: 0}', 'fp8'],
  [
    'stages.cpt.parallel={tensor: 2, pipeline: 2, virtual_pipeline: 2, context: 2, sequence: true, sharding: none}',
    'parallel',
  ],
  ['stages.cpt.data={split: [1, 0, 0], intra_document_masking: true, workers: 4, seed: 7}', 'data'],
])('%s comes back as it was written', (set, key) => {
  const written = parse(set.slice(set.indexOf('=') + 1));
  expect((cptStageOf(placeArguments(argvOf(set), '')) as Record<string, unknown>)[key]).toEqual(written);
});

test('every architecture is recognised by its own sizes, or as one that has the same', () => {
  for (const a of ARCHITECTURES.filter(each => each.bridgeOnly === undefined && each.activation === undefined)) {
    const found = recogniseArchitecture(
      {
        ...a,
        biases: Boolean(a.biases),
        hasWindow: Boolean(a.window),
        hasYarn: Boolean(a.yarn),
        hasSinks: Boolean(a.sinks),
        experts: a.experts,
      },
      a.id,
    );
    expect([a.id, found?.overrides]).toEqual([a.id, {}]);
    expect(found?.architecture.layers).toBe(a.layers);
  }
});

test('of models with the same sizes the one that a path names is taken', () => {
  const sizes = SIZES.replace('--num-layers 32', '--num-layers 80')
    .replace('--hidden-size 4096', '--hidden-size 8192')
    .replace('14336', '28672')
    .replace('--num-attention-heads 32', '--num-attention-heads 64');
  const of = (hint: string) => placeArguments(`${sizes} --use-rope-scaling`.split(' '), hint).model?.architecture.id;
  expect([of('/x/Llama-3.3-70B'), of('/x/Llama-3.1-70B')]).toEqual(['llama-3.3-70b', 'llama-3.1-70b']);
});

test('other sizes are written beside the architecture that is nearest', () => {
  const { model } = place('', SIZES.replace('--num-layers 32', '--num-layers 28').replace('500000', '1000000'));
  expect(model?.overrides).toEqual({ num_hidden_layers: 28, rope_theta: 1_000_000 });
});

test('a model that no architecture is like says in what it is otherwise', () => {
  expect(place('', SIZES.replace('--disable-bias-linear', '')).problem).toContain('biases');
  expect(place('', SIZES.replace('--swiglu', '')).problem).toContain('--swiglu');
  expect(place('', SIZES.replace('--normalization RMSNorm', '')).problem).toContain('RMSNorm');
  expect(place('', SIZES.replace('--position-embedding-type rope', '')).problem).toContain('rotary');
  expect(place('--add-qkv-bias').problem).toContain('--add-qkv-bias');
});

test('the words of a fork for Llama 3.1 positions are understood, with its own numbers only', () => {
  const words =
    '--rope-factor 8.0 --rope-low-freq-factor 1.0 --rope-high-freq-factor 4.0 --rope-original-max-positional-embeddings 8192';
  expect(place(words).model?.architecture.ropeScaling).toBe(true);
  expect(place(words.replace('8.0', '32.0')).model?.architecture.ropeScaling).toBe(false);
});

test.each([
  ['--use-mpi', '--use-mpi', 'own'],
  ['--no-such-flag', '--no-such-flag 3 4', 'unknown'],
  ['--use-mcore-models', '--use-mcore-models', 'ignored'],
  ['--rampup-batch-size', '--rampup-batch-size 16 16 1000', 'ignored'],
  ['--distributed-timeout-minutes', '--distributed-timeout-minutes 30', 'extra'],
  ['--distributed-timeout-minutes', '--distributed-timeout-minutes 10', 'default'],
  ['--no-load-optim', '--no-load-optim', 'not-needed'],
  ['--log-progress', '--log-progress', 'own'],
  ['--ckpt-format', '--ckpt-format zarr', 'no-word'],
  ['--log-interval', '--log-interval many', 'no-word'],
  [
    '--recompute-granularity',
    '--recompute-granularity full --recompute-method block --recompute-num-layers 4',
    'no-word',
  ],
])('%s of "%s" is %s', (flag, more, kind) => {
  expect(fateOf(flag, more)?.kind).toBe(kind);
});

test('a float where the release reads an integer is read as the fork reads it', () => {
  const placed = place('', SIZES.replace('500000', '500000.0'));
  expect([placed.values.rotary_base, placed.refused]).toEqual([500_000, []]);
});

test('samples and fractions become steps where they are whole', () => {
  const samples = SIZES.replace('--train-iters 100', '--train-samples 6400');
  expect(place('', samples).stage.get('budget.steps')).toBe(100);
  expect(place('', samples.replace('6400', '6401')).problem).toBeUndefined();
  expect(place('', samples.replace('6400', '6401')).stage.get('budget.steps')).toBeUndefined();
  expect(place('--lr-warmup-fraction 0.05').stage.get('schedule.warmup_steps')).toBe(5);
  expect(place('--lr-decay-samples 6400').stage.get('schedule.decay_steps')).toBe(100);
});

test('a blend without weights is known to be one, a single file is not', () => {
  const files = place('', SIZES.replace('--data-path 1 /d/a_text_document', '--data-path /d/a /d/b'));
  expect([files.isUnweighted, files.blend.map(each => each.prefix)]).toEqual([true, ['/d/a', '/d/b']]);
  const one = place('', SIZES.replace('--data-path 1 /d/a_text_document', '--data-path /d/a'));
  expect([one.isUnweighted, one.blend]).toEqual([false, [{ weight: 1, prefix: '/d/a' }]]);
});

test('the vocabulary is padded as Megatron-LM would, for the tensor split', () => {
  expect(place('').paddedVocabulary).toBeUndefined();
  expect(place('--tensor-model-parallel-size 8').paddedVocabulary).toBe(129_024);
  expect(place('--padded-vocab-size 128512').paddedVocabulary).toBe(128_512);
});

test('options are cut apart with "=", negative numbers, several words and unknown names', () => {
  const { given, stray } = splitArguments(RECORDED, [
    '--lr=1e-4',
    '--data-path',
    'a',
    'b',
    '--own',
    '1',
    '-2',
    'x',
    '--bf16',
    'lost',
  ]);
  expect(given.map(each => [each.name, each.values])).toEqual([
    ['--lr', ['1e-4']],
    ['--data-path', ['a', 'b']],
    ['--own', ['1', '-2', 'x']],
    ['--bf16', []],
  ]);
  expect(stray).toEqual(['lost']);
});
