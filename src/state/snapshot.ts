import type { JobRecord, JobState } from './events.ts';
import { isFinal, UNTOUCHED } from './fold.ts';
import { hintFor } from './hint.ts';
import { type Progress, progressOf } from './progress.ts';
import type { SeenMetric } from './report.ts';
import { runStateOf, stageStateOf } from './run-state.ts';
import type {
  JobSnapshot,
  Snapshot,
  SnapshotInput,
  SnapshotPlanJob,
  SnapshotPlanStage,
  StageSnapshot,
} from './snapshot-types.ts';

export type * from './snapshot-types.ts';

const CURVE_POINTS = 200;

const secondsBetween = (from: string, to: Date | string): number =>
  Math.max(0, (new Date(to).getTime() - Date.parse(from)) / 1000);

const elapsedOf = (record: JobRecord, now: Date): number | undefined =>
  record.startedAt === undefined ? undefined : secondsBetween(record.startedAt, record.endedAt ?? now);

/** Jobs it still waits for, as `cpt-1 (running)`. */
const waitsFor = (job: SnapshotPlanJob, input: SnapshotInput): string | undefined => {
  const open = job.needs.flatMap(need => {
    const parent = input.plan.jobs.find(each => each.id === need.job);
    const state = (input.records.get(need.job) ?? UNTOUCHED).state;
    return parent && !isFinal({ ...UNTOUCHED, state }) ? [`${parent.key.stage}-${parent.key.segment} (${state})`] : [];
  });
  return open.length > 0 ? `waits for ${open.join(', ')}` : undefined;
};

const WAITING: ReadonlySet<JobState> = new Set(['submitting', 'queued', 'held']);

const jobSnapshot = (job: SnapshotPlanJob, stage: SnapshotPlanStage, input: SnapshotInput): JobSnapshot => {
  const record = input.records.get(job.id) ?? UNTOUCHED;
  const own = input.metrics.filter(each => each.job === job.id && each.attempt === record.attempt);
  const waits = WAITING.has(record.state) ? waitsFor(job, input) : undefined;
  const elapsedSeconds = elapsedOf(record, input.now);
  return {
    ...record,
    id: job.id,
    stage: job.key.stage,
    segment: job.key.segment,
    spare: job.spare,
    reason: waits ?? record.reason,
    elapsedSeconds,
    notes: (input.notes?.get(job.id) ?? []).slice(-3),
    ...progressOf(own, { stage, record, elapsedSeconds, isRehearsal: input.plan.rehearsal !== undefined }),
  };
};

const curveOf = (metrics: readonly SeenMetric[]): { step: number; loss: number }[] => {
  const last = new Map<number, number>();
  for (const each of metrics) if (each.name === 'lm loss') last.set(each.step, each.value);
  const points = [...last].map(([step, loss]) => ({ step, loss })).sort((a, b) => a.step - b.step);
  const every = Math.ceil(points.length / CURVE_POINTS);
  // Counted from the end, so that the newest point is always among them.
  return points.filter((_, i) => (points.length - 1 - i) % every === 0);
};

/** A stage shows the job that got furthest: of a chain only one runs at a time. */
const furthest = (jobs: readonly JobSnapshot[]): Progress => {
  const running = jobs.find(job => job.state === 'running' && job.step !== undefined);
  const best =
    running ?? jobs.reduce<JobSnapshot | undefined>((a, b) => ((b.step ?? -1) > (a?.step ?? -1) ? b : a), undefined);
  if (!best) return { steps: jobs[0]?.steps };
  const { step, steps, loss, validationLoss, learningRate, gradNorm, secondsPerStep, tokensPerSecond, tflopsPerGpu } =
    best;
  return {
    step,
    steps,
    loss,
    validationLoss,
    learningRate,
    gradNorm,
    secondsPerStep,
    tokensPerSecond,
    tflopsPerGpu,
    etaSeconds: running?.etaSeconds,
  };
};

const stageSnapshot = (stage: SnapshotPlanStage, input: SnapshotInput): StageSnapshot => {
  const jobs = input.plan.jobs.filter(job => job.key.stage === stage.name).map(job => jobSnapshot(job, stage, input));
  const ids = new Set(jobs.map(job => job.id));
  return {
    name: stage.name,
    kind: stage.kind,
    status: stage.status,
    state: stageStateOf(stage.status, jobs),
    note: stage.note,
    nodes: stage.nodes,
    gpusPerNode: stage.gpusPerNode,
    jobs,
    curve: curveOf(input.metrics.filter(each => ids.has(each.job))),
    ...furthest(jobs),
  };
};

const runElapsed = (jobs: readonly JobSnapshot[], ended: boolean, now: Date): number | undefined => {
  const began = jobs.flatMap(job => job.submittedAt ?? []).sort()[0];
  if (began === undefined) return undefined;
  const over = jobs
    .flatMap(job => job.endedAt ?? [])
    .sort()
    .at(-1);
  return secondsBetween(began, ended && over !== undefined ? over : now);
};

const nodeHoursOf = (stages: readonly StageSnapshot[]): number =>
  stages.reduce(
    (sum, stage) => sum + stage.nodes * stage.jobs.reduce((s, job) => s + (job.elapsedSeconds ?? 0), 0),
    0,
  ) / 3600;

/** Everything there is to show of a run, from its plan, its records and what its logs said lately. Pure. */
export const makeSnapshot = (input: SnapshotInput): Snapshot => {
  const { plan, now } = input;
  const stages = plan.stages.map(stage => stageSnapshot(stage, input));
  const jobs = stages.flatMap(stage => stage.jobs);
  const ended = jobs.length > 0 && jobs.every(job => isFinal({ ...UNTOUCHED, state: job.state }));
  const state = runStateOf(stages, jobs, now);
  return {
    run: plan.run,
    runDir: plan.runDir,
    title: plan.recipe.title,
    recipe: plan.recipe.name,
    cluster: plan.cluster.name,
    rehearsal: plan.rehearsal,
    state,
    ended,
    at: now.toISOString(),
    stages,
    elapsedSeconds: runElapsed(jobs, ended, now),
    etaSeconds: stages.find(stage => stage.etaSeconds !== undefined)?.etaSeconds,
    nodeHours: nodeHoursOf(stages),
    jobs: {
      all: jobs.length,
      ended: jobs.filter(job => isFinal({ ...UNTOUCHED, state: job.state })).length,
      running: jobs.filter(job => job.state === 'running' || job.state === 'ending').length,
      waiting: jobs.filter(job => WAITING.has(job.state)).length,
    },
    hint: hintFor(plan, state, jobs),
    trouble: input.trouble,
  };
};
