import { expect, test } from 'vitest';
import { readRlvrLine as readLine, readSftLine } from '../../../src/engines/verl/log.ts';

const asMap = (line: string) => Object.fromEntries(readLine(line).map(each => [each.name, each.value]));

/** The formatter of v0.9.0 on usual types of metrics, behind Ray's prefix. */
const LINE =
  '(TaskRunnerV1 pid=48211) step:12 - global_seqlen/min:1355074 - global_seqlen/mean:1502331.5 - actor/entropy:0.4127310514450073 - actor/pg_loss:np.float64(0.0008413213) - actor/pg_clipfrac:np.float64(1.2e-05) - actor/grad_norm:nan - actor/lr:1e-06 - training/epoch:0 - critic/score/mean:0.3125 - response_length/clip_ratio:0.0019531 - timing_s/step:612.4417';

test('every metric of a step line becomes a number under the name the log gave it', () => {
  expect(readLine(LINE)).toHaveLength(11);
  expect(readLine(LINE).every(each => each.step === 12)).toBe(true);
  expect(asMap(LINE)).toMatchObject({
    'global_seqlen/min': 1355074,
    'actor/pg_loss': 0.0008413213,
    'actor/pg_clipfrac': 1.2e-5,
    'actor/lr': 1e-6,
    'critic/score/mean': 0.3125,
    'timing_s/step': 612.4417,
  });
  expect(asMap(LINE)['actor/grad_norm']).toBeNaN();
});

test.each([
  ['(TaskRunnerV1 pid=1, ip=10.0.0.5) '],
  ['\u001b[36m(TaskRunnerV1 pid=48211)\u001b[0m '],
  ['(TaskRunner pid=9) '],
  [''],
])('"%s" may stand in front of a step line', prefix => {
  expect(asMap(`${prefix}step:5 - train/loss:0.6821 - train/lr:9.9e-06`)).toEqual({
    'train/loss': 0.6821,
    'train/lr': 9.9e-6,
  });
});

test('validation keeps names with slashes, colons and blanks, and NumPy’s numbers', () => {
  const line =
    '(TaskRunnerV1 pid=1) step:0 - val-core/math dapo:v2/acc/mean@8:np.float64(0.302) - val-aux/num_turns/min:np.int64(2) - val/ok:True';
  expect(readLine(line)).toEqual([
    { step: 0, name: 'val-core/math dapo:v2/acc/mean@8', value: 0.302 },
    { step: 0, name: 'val-aux/num_turns/min', value: 2 },
    { step: 0, name: 'val/ok', value: 1 },
  ]);
});

test('infinity is a value, and a line cut off in the middle gives what is whole', () => {
  expect(asMap('step:3 - actor/kl_loss:inf - actor/ppo_kl:-inf')).toEqual({
    'actor/kl_loss': Number.POSITIVE_INFINITY,
    'actor/ppo_kl': Number.NEGATIVE_INFINITY,
  });
  expect(asMap('step:3 - actor/entropy:0.5 - actor/pg_loss:np.float64(0.00')).toEqual({ 'actor/entropy': 0.5 });
});

test.each([
  ['(TaskRunnerV1 pid=1) Total training steps: 400', { step: 0, name: 'Total training steps', value: 400 }],
  ['(TaskRunnerV1 pid=1) dataset len: 1791700', { step: 0, name: 'dataset rows', value: 1791700 }],
  ['filter dataset len: 17398', { step: 0, name: 'dataset rows kept', value: 17398 }],
  [
    '(TaskRunnerV1 pid=1) INFO:2026-08-20 10:11:12,345:Resuming from /r/global_step_40, setting global step to 40',
    { step: 40, name: 'checkpoint loaded', value: 40 },
  ],
  [
    'INFO:2026-08-20 10:11:12,345:Saving checkpoint to /r/checkpoints/rlvr/global_step_60',
    { step: 60, name: 'checkpoint saving', value: 60 },
  ],
])('%s', (line, metric) => {
  expect(readLine(line)).toEqual([metric]);
});

test('the dump of the configuration is read where a name belongs to one key alone', () => {
  const line = "(TaskRunnerV1 pid=1)            'clip_ratio_c': 10.0, 'loss_agg_mode': 'token-mean',";
  expect(readLine(line)).toEqual([{ step: 0, name: 'arg:clip_ratio_c', value: 10, text: '10.0' }]);
  expect(readLine("{'algorithm': {'adv_estimator': 'grpo',")).toEqual([
    { step: 0, name: 'arg:adv_estimator', value: Number.NaN, text: 'grpo' },
  ]);
  expect(readLine("  'use_kl_in_reward': False}")).toMatchObject([{ name: 'arg:use_kl_in_reward', value: 0 }]);
  // The actor, the reference and the critic each have one.
  expect(readLine("  'strategy': 'fsdp2',")).toEqual([]);
  expect(readSftLine("  'strategy': 'fsdp2',")).toMatchObject([{ name: 'arg:strategy', text: 'fsdp2' }]);
});

test.each([
  '',
  'Training Progress:  12%|█▏ | 12/100 [1:03:22<7:44:40, 316.83s/it]',
  'pending: 3, running: 61, finished: 0, failure: 0',
  'the next step:12 of something',
  "Error in _run_prompt for uid='a': 'ground_truth': missing",
])('"%s" says nothing', line => {
  expect(readLine(line)).toEqual([]);
});
