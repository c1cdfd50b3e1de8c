import { expect, test } from 'vitest';
import { planOf } from '../../helpers/planning.ts';
import { argvOf, errorsOf } from './planned.ts';

const ID = 'llama-3.1-8b';
const PLAIN = 'sharding: distributed-optimizer';

test('precision, offload, an interleaved pipeline and a schedule that falls at the end become their flags', () => {
  const argv = argvOf(
    ID,
    'stages.cpt.fp8={format: hybrid, recipe: delayed, margin: 1, amax_history: 1024, amax_algorithm: max}',
    'stages.cpt.offload=[optimizer]',
    `stages.cpt.parallel={tensor: 2, pipeline: 4, virtual_pipeline: 2, sequence: true, ${PLAIN}}`,
    'stages.cpt.schedule={decay: wsd, cooldown_steps: 5000, cooldown: minus-sqrt}',
    'stages.cpt.data.workers=4',
  );
  expect(argv).toEqual(
    expect.arrayContaining([
      ...['--fp8-format=hybrid', '--fp8-recipe=delayed', '--fp8-margin=1', '--fp8-amax-history-len=1024'],
      ...['--fp8-amax-compute-algo=max', '--optimizer-cpu-offload', '--use-precision-aware-optimizer'],
      ...['--num-virtual-stages-per-pipeline-rank=2', '--lr-decay-style=WSD', '--lr-wsd-decay-iters=5000'],
      ...['--lr-wsd-decay-style=minus_sqrt', '--num-workers=4'],
    ]),
  );
});

test('Megatron-LM’s own layers take the place of Transformer Engine where a recipe asks for them', () => {
  const argv = argvOf(ID, 'stages.cpt.extra={--transformer-impl: local, --no-rope-fusion: true}');
  expect(argv.filter(each => each.startsWith('--transformer-impl'))).toEqual(['--transformer-impl=local']);
  expect(argv.filter(each => each === '--no-rope-fusion')).toHaveLength(1);
  expect(argvOf(ID)).toContain('--transformer-impl=transformer_engine');
});

test('training that could not go on without FusedAdam is warned of, and the same without a distributed optimizer is not', () => {
  const warned = (...sets: string[]) =>
    planOf({ cluster: 'abci3', stages: ['cpt'], sets: ['stages.cpt.extra={--transformer-impl: local}', ...sets] })
      .diagnostics.filter(each => each.code === 'MRT-E008')
      .map(each => [each.severity, each.path]);
  expect(warned()).toEqual([['warning', 'stages.cpt.extra.--transformer-impl']]);
  expect(warned('stages.cpt.parallel={sharding: none}')).toEqual([]);
});

test.each<[string, readonly string[], RegExp]>([
  ['backend', ['stages.cpt.backend=fsdp2'], /is not one of/],
  ['parallel.sharding', ['stages.cpt.parallel={sharding: fsdp}'], /fsdp is not in this version/],
  ['offload', ['stages.cpt.offload=[parameters, optimizer, gradients]'], /offload of parameters and gradients/],
  ['offload', ['stages.cpt.offload=[optimizer]', 'stages.cpt.parallel={sharding: none}'], /needs adam/],
  ['offload', ['stages.cpt.offload=[optimizer]', 'stages.cpt.optimizer.name=lion'], /needs adam/],
  ['parallel.virtual_pipeline', [`stages.cpt.parallel={virtual_pipeline: 2, ${PLAIN}}`], /with pipeline 1/],
  [
    'parallel.virtual_pipeline',
    [`stages.cpt.parallel={pipeline: 4, virtual_pipeline: 3, ${PLAIN}}`],
    /32 layers cannot be split over pipeline 4 x virtual_pipeline 3/,
  ],
  ['schedule.cooldown_steps', ['stages.cpt.schedule={decay: wsd}'], /needs cooldown_steps/],
  ['optimizer.momentum', ['stages.cpt.optimizer.momentum=0.9'], /a word of sgd/],
])('%s with %j is a finding at its place', (path, sets, what) => {
  expect(errorsOf(ID, ...sets)).toContainEqual({
    code: 'MRT-E002',
    path: `stages.cpt.${path}`,
    what: expect.stringMatching(what),
  });
});

test.each([
  ['data.packing', 'true'],
  ['data.loss_on', 'assistant'],
  ['data.chat_template_options.a', 'any text'],
  ['validation.at_start', 'true'],
  ['validation.datasets', '[ja-wikipedia]'],
  ['logging.save_rollouts', 'true'],
  ['budget.epochs', '2'],
])('%s, which Megatron-LM would never hear of, is a finding and not silence', (path, value) => {
  expect(errorsOf(ID, `stages.cpt.${path}=${value}`)).toContainEqual({
    code: 'MRT-E007',
    path: `stages.cpt.${path}`,
    what: expect.stringContaining('is not read'),
  });
});
