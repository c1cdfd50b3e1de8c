import { expect, test } from 'vitest';
import type { PlannedStage } from '../../src/plan/types.ts';
import { wordText } from '../../src/shell/word.ts';
import { planOf } from '../helpers/planning.ts';
import { ROOT } from '../helpers/sandbox.ts';

const stage = (cluster: string, name = 'cpt', more = {}): PlannedStage => {
  const { value, diagnostics } = planOf({ cluster, ...more });
  const found = value?.stages.find(each => each.name === name);
  if (!found) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return found;
};

const errors = (cluster: string, more: object) =>
  planOf({ cluster, ...more })
    .diagnostics.filter(each => each.severity === 'error')
    .map(({ code, what, at }) => ({ code, what, line: at?.line }));

test.each([
  ['abci3', { nodes: 4, gpusPerNode: 8, segments: 2, spareSegments: 1, walltimeSeconds: 168 * 3600 }],
  ['tsubame4', { nodes: 16, gpusPerNode: 4, segments: 6, spareSegments: 2, walltimeSeconds: 24 * 3600 }],
  ['hyperpod', { nodes: 4, gpusPerNode: 8, segments: 1, spareSegments: 1 }],
])('the 8B recipe becomes a chain that fits %s', (cluster, wanted) => {
  expect(stage(cluster)).toMatchObject(wanted);
});

test('on every site the same GPUs give the same batch', () => {
  for (const cluster of ['abci3', 'tsubame4', 'hyperpod', 'local']) {
    const { layout, nodes, gpusPerNode } = stage(cluster);
    expect(layout).toMatchObject({ tensor: 2, pipeline: 1, context: 1, globalBatch: 1024, microBatch: 2 });
    expect((layout?.dataParallel ?? 0) * 2).toBe(nodes * gpusPerNode);
    expect((layout?.microBatches ?? 0) * 2 * (layout?.dataParallel ?? 0)).toBe(1024);
  }
});

test('steps, tokens and hours agree with the published run', () => {
  const found = stage('abci3');
  expect(found.unscaledSteps).toBe(25000);
  expect(found.tokens).toBe(25000 * 1024 * 8192);
  // 5.147e10 FLOPs a token on 32 H200 at 40 % of 989 TFLOP/s.
  expect(found.secondsPerStep).toBeCloseTo((5.147e10 * 1024 * 8192) / (32 * 989e12 * 0.4), 1);
});

test('a stage from scratch asks for no model and says nothing about one', () => {
  const { value } = planOf({ cluster: 'abci3', sets: ['stages.cpt.from=scratch'] });
  const job = value?.jobs.find(each => each.key.stage === 'cpt');
  expect(job?.program.argv.map(wordText).filter(each => each.includes('pretrained'))).toEqual([]);
  expect(job?.program.inputs.map(each => each.kind)).not.toContain('megatron-checkpoint');
  expect(value?.warnings.filter(each => each.path === 'stages.cpt.from')).toEqual([]);
});

test('a training from an earlier step of another stage is refused, because it would take the newest', () => {
  const recipe = `${ROOT}/test/engines/megatron/captured/tiny-gpu.yaml`;
  const { diagnostics } = planOf({ cluster: 'local', recipe, sets: ['stages.cpt.from=pretrain@20'] });
  expect(diagnostics.filter(each => each.code === 'MRT-E044').map(each => [each.path, each.what])).toEqual([
    ['stages.cpt.from', 'cpt would start from the newest checkpoint of pretrain, not from pretrain@20.'],
  ]);
});

test('tokens alone become steps, rounded up', () => {
  const found = stage('abci3', 'cpt', { recipe: `${ROOT}/templates/starters/recipe.yaml` });
  expect(found.unscaledSteps).toBe(Math.ceil(10e9 / (512 * 8192)));
});

test('stages of later versions stand in the plan and have no jobs', () => {
  const { value } = planOf({ cluster: 'abci3' });
  expect(value?.stages.map(each => [each.name, each.status])).toEqual([
    ['import', 'planned'],
    ['prepare', 'planned'],
    ['cpt', 'planned'],
    ['export', 'planned'],
    ['evaluate', 'later'],
  ]);
  expect(value?.jobs.map(job => `${job.key.stage}-${job.key.segment}${job.spare ? ' spare' : ''}`)).toEqual([
    'import-1',
    'prepare-1',
    'cpt-1',
    'cpt-2',
    'cpt-3 spare',
    'export-1',
  ]);
});

test('a chain waits for any end of the one before, and every segment for the success of the stage before', () => {
  const jobs = planOf({ cluster: 'abci3' }).value?.jobs ?? [];
  const before = ['import', 'prepare'].map(stage => ({ job: `preview/${stage}/1`, when: 'ok' }));
  expect(jobs.map(job => job.needs)).toEqual([
    [],
    [],
    before,
    [{ job: 'preview/cpt/1', when: 'any' }, ...before],
    [{ job: 'preview/cpt/2', when: 'any' }, ...before],
    [{ job: 'preview/cpt/3', when: 'ok' }],
  ]);
});

test('equal input gives an equal plan, byte for byte, and another run id only another run', () => {
  const [a, b] = [planOf({ cluster: 'abci3' }), planOf({ cluster: 'abci3' })];
  expect(JSON.stringify(a.value)).toBe(JSON.stringify(b.value));
  const other = planOf({ cluster: 'abci3', run: 'another' }).value;
  expect(other?.basis).toBe(a.value?.basis);
  expect(JSON.stringify(other).replaceAll('another', 'preview')).toBe(JSON.stringify(a.value));
});

test('a rehearsal scales steps and intervals together, never batch, learning rate or the number of segments', () => {
  const [real, rehearsed] = [stage('local'), stage('local', 'cpt', { rehearse: true, scale: 250 })];
  expect(rehearsed.steps).toBe(100);
  expect(rehearsed.segments).toBe(real.segments);
  expect(rehearsed.layout).toEqual(real.layout);
  const asked = (found: PlannedStage, path: string) => found.expects.find(each => each.path === `stages.cpt.${path}`);
  expect(asked(rehearsed, 'optimizer.lr')?.asked).toBe(2.5e-5);
  expect(asked(rehearsed, 'schedule.warmup_steps')).toMatchObject({ asked: 4, unscaled: 1000 });
  expect(asked(rehearsed, 'checkpoint.every_steps')).toMatchObject({ asked: 2, unscaled: 500 });
  expect(asked(rehearsed, 'validation.every_steps')).toMatchObject({ asked: 2, unscaled: 500 });
});

test('three broken rules of one layout are three findings, each at its line', () => {
  const found = errors('abci3', { sets: ['stages.cpt.parallel.tensor=3', 'stages.cpt.parallel.pipeline=5'] });
  expect(found.map(each => each.code)).toEqual(expect.arrayContaining(['MRT-E002']));
  expect(found.length).toBeGreaterThanOrEqual(3);
  expect(found.every(each => each.line === undefined || each.line === 79 || each.line === 1)).toBe(true);
});

test.each([
  [
    'world size',
    ['stages.cpt.resources.gpus=24', 'stages.cpt.parallel.pipeline=16'],
    'tensor 2 x pipeline 16 x context 1 = 32 does not divide 24 GPUs (3 nodes x 8).',
  ],
  [
    'global batch',
    ['stages.cpt.batch.global_sequences=1000', 'stages.cpt.budget.tokens=204.8B'],
    'global batch 1000 is not divisible by micro batch 2 x data-parallel size 16 = 32.',
  ],
  [
    'attention heads',
    ['stages.cpt.parallel.tensor=64', 'stages.cpt.resources.gpus=64'],
    '32 attention heads cannot be split over tensor 64.',
  ],
  [
    'layers',
    ['stages.cpt.parallel.pipeline=3', 'stages.cpt.resources.gpus=48'],
    '32 layers cannot be split over pipeline 3.',
  ],
  [
    'positions',
    ['stages.cpt.sequence_length=262144', 'stages.cpt.budget.tokens=6.711T'],
    'sequence length 262144 is over the 131072 positions of llama-3.1-8b.',
  ],
  ['seed', ['stages.cpt.data.seed=0'], 'seed 0 is not positive.'],
  ['z-loss', ['stages.cpt.z_loss=true'], 'core_v0.19.0 has no --use-z-loss, which stages.cpt.z_loss becomes.'],
  ['architecture', ['model.architecture=llama-9'], 'architecture "llama-9" is not in this version.'],
  ['release', ['software.megatron-lm.release=core_v0.12.0'], 'megatron-lm core_v0.12.0 is not known to this version.'],
  [
    'GPUs that are not whole nodes',
    ['stages.cpt.resources.gpus=36'],
    '36 GPUs are not whole nodes of rt_HF (8 GPUs each).',
  ],
  [
    'more nodes than the site gives',
    ['stages.cpt.resources.gpus=2048'],
    '256 nodes of rt_HF are more than abci3 gives one job.',
  ],
  [
    'a walltime over the limit',
    ['stages.cpt.resources.walltime=200h'],
    'a walltime of 200h is over the limit of 168h.',
  ],
  [
    'an extra flag nobody knows',
    ['stages.cpt.extra={--use-flash-atn: true}'],
    'pretrain_gpt.py would refuse this: unrecognized arguments: --use-flash-atn.',
  ],
  [
    'an extra flag of the wrong type',
    ['stages.cpt.extra={--distributed-timeout-minutes: soon}'],
    "pretrain_gpt.py would refuse this: argument --distributed-timeout-minutes: invalid int value: 'soon'.",
  ],
  ['an extra flag that has a recipe word', ['stages.cpt.extra={--lr: 1.0e-4}'], '--lr is not for extra:.'],
])('%s: a finding, not a job that fails after two hours in a queue', (_, sets, what) => {
  expect(errors('abci3', { sets }).map(each => each.what)).toContain(what);
});

test('a misspelt flag is told its right name', () => {
  const { diagnostics } = planOf({ cluster: 'abci3', sets: ['stages.cpt.extra={--use-flash-atn: true}'] });
  expect(diagnostics.find(each => each.code === 'MRT-E005')?.hint).toBe('did you mean --use-flash-attn?');
});

test('asking for a stage of a later version is an error at its line', () => {
  expect(errors('abci3', { stages: ['evaluate'] })).toEqual([
    { code: 'MRT-P004', what: 'stage evaluate (evaluate with swallow-evaluation) is not in this version.', line: 87 },
  ]);
});

test('a budget is a refusal, not a warning', () => {
  expect(errors('abci3', { maxNodeHours: 100 })[0]).toMatchObject({ code: 'MRT-P005' });
  expect(errors('abci3', { maxNodeHours: 1000 })).toEqual([]);
});

test('a small dataset that is seen more than four times is named', () => {
  const { diagnostics } = planOf({ cluster: 'abci3' });
  expect(diagnostics.find(each => each.code === 'MRT-P008')?.what).toBe(
    'swallow-math is passed over 4.4 times: 10.07B of 2.3B tokens.',
  );
});
