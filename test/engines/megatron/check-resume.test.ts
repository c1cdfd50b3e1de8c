import { expect, test } from 'vitest';
import type { Program } from '../../../src/engines/engine.ts';
import { checkResume } from '../../../src/engines/megatron/check-resume.ts';
import { lits } from '../../../src/shell/word.ts';
import { trainingJob } from '../../helpers/jobs.ts';

const program = (...argv: string[]): Program => ({
  ...trainingJob('/run').program,
  argv: lits('pretrain_gpt.py', ...argv),
});
const said = (before: string[], now: string[]): string[] =>
  checkResume(program(...before), program(...now), 'cpt').map(each => `${each.code} ${each.path}: ${each.what}`);

test.each([
  [['--tensor-model-parallel-size=2'], ['--tensor-model-parallel-size=4']],
  [['--sequence-parallel'], []],
  [['--micro-batch-size=1'], ['--micro-batch-size=2']],
  [['--recompute-granularity=full', '--recompute-num-layers=1'], ['--recompute-granularity=selective']],
  [['--save-interval=500'], ['--save-interval=100', '--async-save', '--use-persistent-ckpt-worker']],
  [[], ['--dist-ckpt-optim-fully-reshardable']],
  [['--log-interval=1'], ['--log-interval=10', '--tensorboard-dir=/x']],
])('%j may become %j', (before, now) => expect(said(before, now)).toEqual([]));

test.each([
  [['--lr=2.5e-5'], ['--lr=1e-5'], 'MRT-E051 stages.cpt.optimizer.lr: --lr would change from 2.5e-5 to 1e-5.'],
  [
    ['--train-iters=100'],
    ['--train-iters=200'],
    'MRT-E051 stages.cpt.budget.steps: --train-iters would change from 100 to 200.',
  ],
  [
    ['--data-path', '1', '/a', '--bf16'],
    ['--data-path', '2', '/a', '--bf16'],
    'MRT-E051 stages.cpt.mixture: --data-path would change from 1 /a to 2 /a.',
  ],
  [['--bf16'], [], 'MRT-E051 stages.cpt.precision: --bf16 would change from given to not given.'],
  [[], ['--some-flag=1'], 'MRT-E051 stages.cpt: --some-flag would change from not given to 1.'],
])('%j may not become %j', (before, now, text) => expect(said(before, now)).toEqual([text]));

test('another program is another training', () => {
  const other: Program = { ...program('--bf16'), argv: lits('pretrain_mamba.py', '--bf16') };
  expect(checkResume(program('--bf16'), other, 'cpt').map(each => each.what)).toEqual([
    'the program would change from pretrain_gpt.py to pretrain_mamba.py.',
  ]);
});
