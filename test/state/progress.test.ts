import { expect, test } from 'vitest';
import { readRlvrLine } from '../../src/engines/verl/log.ts';
import { progressOf } from '../../src/state/progress.ts';

const LINES = [
  '(TaskRunnerV1 pid=1) step:0 - val-core/check/acc/mean@4:np.float64(0.25)',
  '(TaskRunnerV1 pid=1) step:1 - actor/pg_loss:np.float64(0.5) - actor/grad_norm:0.2 - actor/lr:5e-07 - timing_s/step:700.5',
  '(TaskRunnerV1 pid=1) step:2 - actor/pg_loss:np.float64(0.25) - actor/grad_norm:nan - actor/lr:1e-06 - timing_s/step:600.5',
];

test('a run of veRL has got as far as its log says, in the words of its own log', () => {
  const metrics = LINES.flatMap(line => readRlvrLine(line)).map(each => ({
    ...each,
    job: 'r/rlvr/1',
    attempt: 1,
    boot: 1,
  }));
  const record = { state: 'running', boot: 1 } as never;
  const progress = progressOf(metrics, { stage: { steps: 40 }, record, elapsedSeconds: 9000, isRehearsal: false });
  expect(progress).toMatchObject({ step: 2, steps: 40, loss: 0.25, learningRate: 1e-6, secondsPerStep: 600.5 });
  expect(progress.gradNorm).toBeNaN();
  expect(progress.etaSeconds).toBeCloseTo(38 * 600.5);
});
