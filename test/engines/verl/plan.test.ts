import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../../src/views/look.ts';
import { planText as planTextOf } from '../../../src/views/plan.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { planOf } from '../../helpers/planning.ts';
import { FILE, planText } from './planned.ts';
import { changed, EXPERTS, FSDP, fixed, MEGATRON, SFT } from './recipes.ts';

const RECIPE = 'recipes/qwen3-swallow-8b.yaml';
const own = (found: ReturnType<typeof planText>) => found.diagnostics.filter(each => each.at?.file === FILE);

/** On one node, because several are not in this version. */
const shipped = (options: { sets?: string[]; stages?: string[]; rehearse?: boolean } = {}) =>
  planOf({
    recipe: RECIPE,
    cluster: 'abci3',
    ...options,
    sets: ['stages.rlvr.resources.gpus=8', ...(options.sets ?? [])],
  });

test('the shipped recipe has jobs for reinforcement learning on one node, and no finding of an error', () => {
  const { value, diagnostics } = shipped();
  expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
  const stage = value?.stages.find(each => each.name === 'rlvr');
  expect(stage).toMatchObject({ status: 'planned', nodes: 1, gpusPerNode: 8, steps: 400 });
  expect(value?.jobs.filter(each => each.key.stage === 'rlvr').length).toBe(
    (stage?.segments ?? 0) + (stage?.spareSegments ?? 0),
  );
});

test('the configuration of the shipped recipe is the recorded one', () => {
  const files = shipped({ stages: ['rlvr'] }).value?.jobs[0]?.program.files ?? {};
  expectGolden(join(import.meta.dirname, 'goldens/qwen3-swallow-8b'), files);
});

test('a run that cannot be told to stop is a chain all the same: it goes on from its last checkpoint', () => {
  const { value } = shipped({ stages: ['rlvr'], sets: ['stages.rlvr.resources.walltime=24h'] });
  const stage = value?.stages.find(each => each.name === 'rlvr');
  expect(stage?.segments).toBeGreaterThan(1);
  expect(stage?.spareSegments).toBeGreaterThan(0);
});

test('a person reads that the hours are a guess', () => {
  const { value } = shipped({ stages: ['rlvr'] });
  if (!value) throw new Error('no plan');
  const text = planTextOf(value, PLAIN).replace(/\s+/g, ' ');
  expect(text).toMatch(/ rlvr: about \S+ a step \(a guess: [^)]*\)\. Each job ends within \d+h\./);
});

test('several nodes are not in this version: a warning at the number, the other stages stay', () => {
  const { value, diagnostics } = planOf({ recipe: RECIPE, cluster: 'abci3' });
  const found = diagnostics.filter(each => each.code === 'MRT-V009');
  expect(found).toMatchObject([
    { severity: 'warning', path: 'stages.rlvr.resources.gpus', what: expect.stringMatching(/2 nodes/) },
  ]);
  expect(value?.stages.find(each => each.name === 'rlvr')).toMatchObject({
    status: 'later',
    note: 'not in this version',
    nodes: 0,
  });
  expect(value?.jobs.some(each => each.key.stage === 'cpt')).toBe(true);
});

test('several nodes, asked for by name, are an error', () => {
  const { value, diagnostics } = planOf({ recipe: RECIPE, cluster: 'abci3', stages: ['rlvr'] });
  expect(value).toBeUndefined();
  expect(diagnostics.filter(each => each.severity === 'error').map(each => each.code)).toEqual(['MRT-V009']);
});

test('a stage on several nodes is checked like any other before it is left out', () => {
  const { diagnostics } = planOf({ recipe: RECIPE, cluster: 'abci3', sets: ['stages.rlvr.batch.mini_prompts=128'] });
  expect(diagnostics.filter(each => each.severity === 'error').map(each => each.code)).toEqual(['MRT-V003']);
});

test('a rehearsal leaves it out with its line', () => {
  const { value } = planText(FSDP, { rehearse: true });
  expect(value?.stages).toMatchObject([{ name: 'rlvr', status: 'later', note: 'not in this version' }]);
  expect(value?.jobs).toEqual([]);
});

test('what it reads is looked at before the start: model, rows, and the reward', () => {
  const { value } = planText(FSDP);
  const paths = value?.jobs[0]?.program.inputs.map(each => each.path.replace(/^.*\/martlet\//, ''));
  expect(paths).toEqual([
    'models/hf/Qwen/Qwen3-8B',
    'datasets/rows/maths.parquet',
    'datasets/rows/check.parquet',
    expect.stringMatching(/^runs\/[^/]+\/rlvr-1\/math_reward\.py$/),
  ]);
});

describe('what the format can say and this engine cannot do is said where it stands', () => {
  test.each<[string, string, string, string]>([
    ['backend', FSDP, 'backend: fsdp2', 'backend: ^dtensor'],
    ['a model split by tensor with FSDP', FSDP, 'parallel: {context: 1}', 'parallel: {tensor: ^2}'],
    ['a layout nobody wrote', FSDP, 'parallel: {context: 1}', 'parallel: ^auto'],
    ['selective recomputation with FSDP', FSDP, 'env: {A: b}', 'recompute: ^selective'],
    ['gradients offloaded with FSDP', FSDP, 'env: {A: b}', 'offload: ^[gradients]'],
    ['activations offloaded with Megatron', MEGATRON, 'env: {A: b}', 'offload: ^[activations]'],
    ['an optimizer', FSDP, 'name: adamw', 'name: ^lion'],
    ['fp32', FSDP, 'env: {A: b}', 'precision: ^fp32'],
    ['the template of another model', FSDP, 'data: {seed: 1}', 'data: {chat_template: ^llama-3}'],
    ['a log of every tenth step', FSDP, 'env: {A: b}', 'logging: {every_steps: ^10}'],
    ['GPUs of a rollout that shares those that train', FSDP, 'engine: vllm', 'engine: vllm\n      gpus: ^4'],
    ['a reward of another name', FSDP, 'function: math-verify', 'function: ^math'],
    ['a reward beside the recipe', FSDP, 'function: math-verify', 'function: ^rewards/mine.py'],
    [
      'the first rows of one file of two',
      FSDP,
      '- {dataset: maths, samples: 5000}',
      '- {dataset: maths, samples: 5000}\n    - {dataset: check, samples: all}',
    ],
  ])('%s', (_, text, from, to) => {
    const broken = changed(text, from, to.replace('^', ''));
    const found = own(planText(broken));
    expect(found.map(each => each.code)).toEqual(['MRT-V009']);
    if (!to.includes('^')) return;
    const before = changed(text, from, to).split('^')[0] ?? '';
    expect([found[0]?.at?.line, found[0]?.at?.column]).toEqual([
      before.split('\n').length,
      before.length - before.lastIndexOf('\n'),
    ]);
  });

  test.each<[string, string, string, string]>([
    ['z_loss', FSDP, 'env: {A: b}', 'z_loss: true'],
    ['fp8.format', MEGATRON, 'env: {A: b}', 'fp8: {format: e4m3, recipe: blockwise}'],
    ['schedule.decay_steps', FSDP, 'warmup_steps: 0}', 'warmup_steps: 0, decay_steps: 40}'],
    ['validation.batches', FSDP, 'samples: 4,', 'samples: 4, batches: 3,'],
    ['moe.aux_loss', FSDP, 'env: {A: b}', 'moe: {aux_loss: 0.01}'],
  ])('%s is read by nobody', (path, text, from, to) => {
    const found = own(planText(changed(text, from, to))).filter(each => each.code === 'MRT-E007');
    expect(found.map(each => each.path)).toContain(`stages.rlvr.${path}`);
  });
});

describe('keys that moved or died', () => {
  test.each([
    ['custom_reward_function.path', 'reward: {function: ...} of the recipe'],
    ['reward_model.num_workers', 'reward: {workers: N} of the recipe'],
    ['sandbox_fusion.url', 'reward.sandbox_fusion'],
    ['algorithm.rollout_is', 'importance_sampling'],
    ['actor_rollout_ref.actor.tis_imp_ratio_cap', 'truncate'],
    ['actor_rollout_ref.rollout.update_weights_bucket_megabytes', 'checkpoint_engine.update_weights_bucket_megabytes'],
    ['trainer.use_legacy_worker_impl', 'remove it'],
    ['critic.model.fsdp_config.param_offload', 'critic.fsdp'],
    ['actor_rollout_ref.rollout.skip.enable', 'skip.rollout'],
    ['trainer.esi_redundant_time', 'remove it'],
    ['actor_rollout_ref.nccl_timeout', 'remove it'],
  ])('%s: the hint says what does its work', (key, hint) => {
    const found = own(planText(changed(FSDP, 'trainer.log_val_generations: 0', `${key}: 1`)));
    expect(found).toMatchObject([
      { code: 'MRT-V002', path: `stages.rlvr.extra.${key}`, hint: expect.stringContaining(hint) },
    ]);
  });

  test('a word of the recipe that the release ignores is one too', () => {
    const found = own(planText(changed(FSDP, '{metric: acc}', '{metric: acc, max_rounds: 10}')));
    expect(found).toMatchObject([{ code: 'MRT-V002', path: 'stages.rlvr.algorithm.dynamic_sampling.max_rounds' }]);
  });
});

describe('extra: against the release', () => {
  const EXTRA = 'trainer.log_val_generations: 0';
  test.each<[string, string, RegExp]>([
    ['trainer.log_val_generations: many', 'MRT-V001', /takes int, not "many"/],
    ['trainer.resume_mode: never', 'MRT-V001', /takes no "never"/],
    ['actor_rollout_ref.rollout: 1', 'MRT-V001', /is a group of keys/],
    ['~trainer.balance_batch: true', 'MRT-V001', /would delete a key/],
    ['data.train_batch_size: 64', 'MRT-E003', /is not for extra:/],
    ['trainer.default_local_dir: /x', 'MRT-E003', /is not for extra:/],
    ['actor_rollout_ref.actor.checkpoint.save_contents: [model, weights]', 'MRT-V001', /takes no "weights"/],
  ])('%s', (line, code, what) => {
    const found = own(planText(changed(FSDP, EXTRA, line)));
    expect(found.map(each => each.code)).toEqual([code]);
    expect(found[0]?.what).toMatch(what);
  });

  test.each([
    ['actor_rollout_ref.rollout.engine_kwargs.vllm.disable_cascade_attn: true', FSDP],
    ['++reward.reward_kwargs.anything: 1', FSDP],
    ['actor_rollout_ref.actor.megatron.override_transformer_config.moe_enable_deepep: true', EXPERTS],
    ['actor_rollout_ref.rollout.max_num_seqs: 512', fixed(FSDP)],
    ['actor_rollout_ref.rollout.moe_tensor_parallel_size: 1', MEGATRON],
  ])('%s is taken', (line, text) => {
    expect(own(planText(changed(text, EXTRA, line)))).toEqual([]);
  });

  test('of fine-tuning too', () => {
    const found = own(planText(changed(SFT, 'trainer.balance_batch: true', 'data.max_len: 5')));
    expect(found).toMatchObject([{ code: 'MRT-V001', hint: 'did you mean data.max_length?' }]);
  });
});
