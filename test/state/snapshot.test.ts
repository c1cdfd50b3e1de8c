import { describe, expect, it, test } from 'vitest';
import type { Plan } from '../../src/plan/types.ts';
import type { JobEvent, JobRecord } from '../../src/state/events.ts';
import { fold } from '../../src/state/fold.ts';
import type { SeenMetric } from '../../src/state/report.ts';
import { makeSnapshot, type RunState, type Snapshot, type SnapshotPlan } from '../../src/state/snapshot.ts';

const RUN = 'swallow-8b-0302-k7f3';
const id = (stage: string, segment: number): string => `${RUN}/${stage}/${segment}`;
const job = (stage: string, segment: number, needs: SnapshotPlan['jobs'][number]['needs'] = [], spare = false) => ({
  id: id(stage, segment),
  key: { run: RUN, stage, segment },
  spare,
  needs,
});
const PLAN: SnapshotPlan = {
  run: RUN,
  runDir: `/runs/${RUN}`,
  recipe: { name: 'swallow-8b', title: 'Swallow 8B' },
  cluster: { name: 'abci3', title: 'ABCI 3.0' },
  stages: [
    { name: 'prepare', kind: 'prepare', status: 'planned', nodes: 1, gpusPerNode: 0 },
    {
      name: 'cpt',
      kind: 'cpt',
      status: 'planned',
      nodes: 16,
      gpusPerNode: 8,
      steps: 25000,
      tokensPerStep: 8388608,
      secondsPerStep: 10,
    },
    { name: 'evaluate', kind: 'evaluate', status: 'later', nodes: 0, gpusPerNode: 0 },
  ],
  jobs: [
    job('prepare', 1),
    job('cpt', 1, [{ job: id('prepare', 1), when: 'ok' }]),
    job('cpt', 2, [{ job: id('cpt', 1), when: 'any' }]),
    job('cpt', 3, [{ job: id('cpt', 2), when: 'any' }], true),
  ],
};

// A plan file's plan is handed in as it is.
const _takesPlans = (plan: Plan): SnapshotPlan => plan;

const T0 = '2026-03-02T00:00:00.000Z';
const NOW = new Date('2026-03-02T01:00:00.000Z');
const of = (...events: readonly JobEvent[]): JobRecord => fold(events.map(event => ({ at: T0, event })));
const intended: JobEvent = { kind: 'submit-intended', attempt: 1, name: 'mt-x' };
const accepted: JobEvent = { kind: 'submit-accepted', attempt: 1, nativeId: '7' };
const started: JobEvent = { kind: 'started', attempt: 1, boot: 1, host: 'n1' };
const exited = (outcome: 'complete' | 'continue' | 'failed' | 'stopped'): JobEvent => ({
  kind: 'exited',
  attempt: 1,
  boot: 1,
  code: outcome === 'failed' ? 1 : 0,
  outcome,
});
const QUEUED = of(intended, accepted);
const RUNNING = of(intended, accepted, started);
const DONE = of(intended, accepted, started, exited('complete'));
const NEXT = of(intended, accepted, started, exited('continue'));
const FAILED = of(intended, accepted, started, exited('failed'));
const STOPPED = of(intended, accepted, started, exited('stopped'));
const CANCELLED = of(
  intended,
  accepted,
  { kind: 'cancel-requested', by: 'me' },
  { kind: 'queue-seen', attempt: 1, seen: 'ended', raw: '' },
);
const REFUSED = of(intended, { kind: 'submit-refused', attempt: 1, reason: 'no such queue' });
const UNSURE = of(intended, { kind: 'submit-unsure', attempt: 1, reason: 'cut off' });
const ASKED = of(intended);
const PLANNED = of();

const snap = (
  records: readonly JobRecord[],
  more: { metrics?: SeenMetric[]; plan?: SnapshotPlan; now?: Date } = {},
): Snapshot =>
  makeSnapshot({
    plan: more.plan ?? PLAN,
    records: new Map(records.map((record, i) => [PLAN.jobs[i]?.id ?? '', record])),
    metrics: more.metrics ?? [],
    now: more.now ?? NOW,
  });

const metric = (step: number, name: string, value: number, segment = 1): SeenMetric => ({
  step,
  name,
  value,
  job: id('cpt', segment),
  attempt: 1,
  boot: 1,
});

describe('the run in one word', () => {
  test.each<[RunState, readonly JobRecord[]]>([
    ['planned', []],
    ['submitting', [ASKED, ASKED, ASKED, ASKED]],
    ['partly-submitted', [QUEUED, REFUSED, PLANNED, PLANNED]],
    ['needs-a-person', [QUEUED, UNSURE, ASKED, ASKED]],
    ['waiting', [QUEUED, QUEUED, QUEUED, QUEUED]],
    ['running', [DONE, RUNNING, QUEUED, QUEUED]],
    ['running', [DONE, NEXT, DONE, QUEUED].with(2, RUNNING)],
    ['waiting', [DONE, NEXT, DONE, QUEUED]],
    ['succeeded', [DONE, NEXT, DONE, DONE]],
    ['succeeded', [DONE, FAILED, DONE, DONE]],
    ['failed', [DONE, NEXT, NEXT, NEXT]],
    ['failed', [FAILED, CANCELLED, CANCELLED, CANCELLED]],
    ['cancelled', [DONE, CANCELLED, CANCELLED, CANCELLED]],
    ['stopped', [DONE, STOPPED, STOPPED, STOPPED]],
  ])('is %s', (state, records) => {
    const now = state === 'submitting' ? new Date(Date.parse(T0) + 5000) : NOW;
    expect(snap(records, { now }).state).toBe(state);
  });

  it('stops being "submitting" when no answer came for minutes beside jobs that have one', () => {
    expect(snap([QUEUED, ASKED, ASKED, ASKED]).state).toBe('partly-submitted');
  });
});

it('every state comes with a next thing to type', () => {
  for (const records of [[], [QUEUED, UNSURE], [DONE, FAILED], [DONE, NEXT, DONE, DONE]])
    expect(snap(records).hint).toMatch(/martlet|submit/);
  expect(snap([DONE, FAILED, CANCELLED, CANCELLED]).hint).toContain(`martlet logs ${RUN}/cpt/1`);
});

it('a chain that ran out of segments has failed, although every job ended well', () => {
  expect(snap([DONE, NEXT, NEXT, NEXT]).stages[1]?.state).toBe('failed');
});

it('a waiting job names the jobs it waits for, and then the reason of its site', () => {
  const held = of(intended, accepted, {
    kind: 'queue-seen',
    attempt: 1,
    seen: 'queued',
    raw: 'PD',
    reason: 'Priority',
  });
  const [first, second] = snap([RUNNING, held, held, held]).stages[1]?.jobs ?? [];
  expect(first?.reason).toBe('waits for prepare-1 (running)');
  expect(second?.reason).toBe('waits for cpt-1 (queued)');
  expect(snap([DONE, held, held, held]).stages[1]?.jobs[0]?.reason).toBe('Priority');
});

describe('progress', () => {
  const metrics = [
    metric(1, 'lm loss', 3),
    metric(1000, 'lm loss', 2.5),
    metric(1000, 'learning rate', 2.5e-5),
    metric(1000, 'grad norm', 0.7),
    metric(1000, 'elapsed time per iteration (ms)', 8000),
    metric(1000, 'throughput per GPU (TFLOP/s/GPU)', 412.5),
  ];

  it('is what the log said last, with tokens a second and the time left by the log', () => {
    expect(snap([DONE, RUNNING, QUEUED, QUEUED], { metrics }).stages[1]).toMatchObject({
      step: 1000,
      steps: 25000,
      loss: 2.5,
      learningRate: 2.5e-5,
      gradNorm: 0.7,
      secondsPerStep: 8,
      tokensPerSecond: 8388608 / 8,
      tflopsPerGpu: 412.5,
      etaSeconds: 24000 * 8,
      curve: [
        { step: 1, loss: 3 },
        { step: 1000, loss: 2.5 },
      ],
    });
  });

  it('in a rehearsal counts the time left by our clock, because its log tells planned time', () => {
    const plan = { ...PLAN, rehearsal: { scale: 250 } };
    const stages = plan.stages.map(stage => (stage.name === 'cpt' ? { ...stage, steps: 3000 } : stage));
    expect(snap([DONE, RUNNING], { metrics, plan: { ...plan, stages } }).stages[1]?.etaSeconds).toBeCloseTo(2000 * 3.6);
  });

  it('counts from the checkpoint a segment began with', () => {
    const plan = { ...PLAN, rehearsal: { scale: 1 } };
    const from500 = [metric(500, 'checkpoint loaded', 500), ...metrics];
    expect(snap([DONE, RUNNING], { metrics: from500, plan }).stages[1]?.etaSeconds).toBeCloseTo(24000 * (3600 / 500));
  });

  it('shows a NaN loss as NaN', () => {
    expect(snap([DONE, RUNNING], { metrics: [metric(7, 'lm loss', Number.NaN)] }).stages[1]?.loss).toBeNaN();
  });

  it('has no time left for a job that does not run', () => {
    expect(snap([DONE, NEXT, QUEUED, QUEUED], { metrics }).etaSeconds).toBeUndefined();
  });

  it('keeps at most 200 points of a long curve, the newest among them', () => {
    const long = Array.from({ length: 25000 }, (_, i) => metric(i + 1, 'lm loss', 3 - i / 25000));
    const curve = snap([DONE, RUNNING], { metrics: long }).stages[1]?.curve ?? [];
    expect(curve.length).toBeLessThanOrEqual(200);
    expect(curve.at(-1)?.step).toBe(25000);
  });
});

it('node-hours count what ran, not what waited', () => {
  expect(snap([DONE, RUNNING, QUEUED, QUEUED]).nodeHours).toBeCloseTo(16);
});
