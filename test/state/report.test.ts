import { expect, test } from 'vitest';
import type { Expectation } from '../../src/model/metric.ts';
import { makeReport, type SeenMetric } from '../../src/state/report.ts';

const JOBS = ['r/cpt/1', 'r/cpt/2'];
const EXPECTS: Expectation[] = [
  { path: 'stages.cpt.optimizer.lr', metric: 'learning rate', take: 'max', asked: 2.5e-5, rel: 5e-7, fromStep: 4 },
  { path: 'stages.cpt.batch.global_sequences', metric: 'global batch size', take: 'each', asked: 1024, rel: 1e-12 },
  { path: 'stages.cpt.budget.steps', metric: 'iterations', take: 'each', asked: 100, rel: 1e-12, unscaled: 25000 },
];

const line = (step: number, values: Record<string, number>, job = 'r/cpt/1', attempt = 1, boot = 1): SeenMetric[] =>
  Object.entries(values).map(([name, value]) => ({ job, attempt, boot, step, name, value }));

const reportOf = (metrics: SeenMetric[], exact?: string) =>
  makeReport({
    run: 'r',
    title: 'T',
    stages: [{ name: 'cpt', kind: 'cpt', status: 'planned', steps: 100, expects: EXPECTS, jobs: JOBS }],
    records: new Map(),
    metrics,
    ...(exact === undefined ? {} : { exactLosses: { cpt: exact } }),
    origin: path => `recipe.yaml:${path.length}:1`,
  });

const row = (metrics: SeenMetric[], end: string) => reportOf(metrics).rows.find(each => each.path.endsWith(end));

test('a value nobody has seen yet is neither ok nor wrong', () => {
  expect(row([], 'lr')).toMatchObject({ seen: null, ok: null });
});

test('the learning rate is judged only once the warm-up is over', () => {
  expect(row(line(2, { 'learning rate': 1.25e-5 }), 'lr')).toMatchObject({ ok: null });
  expect(row([...line(2, { 'learning rate': 1.25e-5 }), ...line(4, { 'learning rate': 2.5e-5 })], 'lr')).toMatchObject({
    ok: true,
    seen: '2.5e-5',
    step: 4,
  });
});

test('a learning rate that differs in the seventh digit is ok, in the sixth it is not', () => {
  expect(row(line(5, { 'learning rate': 2.5000001e-5 }), 'lr')?.ok).toBe(true);
  expect(row(line(5, { 'learning rate': 2.50001e-5 }), 'lr')?.ok).toBe(false);
});

test('one line with another batch size is enough to be wrong, and it is the one shown', () => {
  const seen = row(
    [
      ...line(1, { 'global batch size': 1024 }),
      ...line(2, { 'global batch size': 512 }),
      ...line(3, { 'global batch size': 1024 }),
    ],
    'global_sequences',
  );
  expect(seen).toMatchObject({ ok: false, seen: '512', step: 2 });
});

test('a scaled value says what the recipe has', () => {
  expect(row(line(1, { iterations: 100 }), 'steps')).toMatchObject({
    ok: true,
    asked: '100',
    note: '25000 in the recipe, scaled',
  });
});

test('a step trained twice counts as equal only when every value is', () => {
  const cut = [
    ...line(1, { 'lm loss': 5 }),
    ...line(2, { 'lm loss': 4 }),
    ...line(2, { 'lm loss': 4 }, 'r/cpt/2'),
    ...line(3, { 'lm loss': 3 }, 'r/cpt/2'),
  ];
  expect(reportOf(cut).repeated).toEqual({ steps: 1, equal: 1, exact: false });
  expect(reportOf([...cut, ...line(3, { 'lm loss': 3.5 }, 'r/cpt/2', 2)]).repeated).toEqual({
    steps: 2,
    equal: 1,
    exact: false,
  });
  expect(reportOf(cut).cuts).toEqual([{ step: 2, job: 'r/cpt/2', attempt: 1, boot: 1 }]);
});

test('exact bits, where the trainer wrote them, decide over printed digits', () => {
  const twice = '1\t4014000000000000\n2\t4010000000000000\n2\t4010000000000001\n';
  expect(reportOf([], twice).repeated).toEqual({ steps: 1, equal: 0, exact: true });
});

test('the curve keeps the last word on each step', () => {
  const losses = reportOf([
    ...line(1, { 'lm loss': 5 }),
    ...line(2, { 'lm loss': 4 }),
    ...line(2, { 'lm loss': 4.5 }, 'r/cpt/2'),
  ]).losses;
  expect(losses).toEqual([
    { step: 1, loss: 5 },
    { step: 2, loss: 4.5 },
  ]);
});
