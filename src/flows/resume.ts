import { Trouble } from '../model/trouble.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { JobRecord } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { mayStartAgain } from './attempts.ts';
import { isEnded, type OpenRun, storedPlan, withRun } from './records.ts';
import { settleFiles } from './replan.ts';
import { askCluster } from './round.ts';
import type { ApplyResult } from './send.ts';
import { send } from './send.ts';
import type { Sending } from './sending.ts';
import type { World } from './world.ts';

type Records = ReadonlyMap<string, JobRecord>;

const stageJobs = (file: PlanFile, stage: string): PlannedJob[] =>
  file.plan.jobs.filter(job => job.key.stage === stage);

/** A stage is complete when one of its jobs checked it and said so; spare segments that follow say the same. */
const isComplete = (jobs: readonly PlannedJob[], records: Records): boolean =>
  jobs.some(job => records.get(job.id)?.outcome === 'complete');

/** Share of the stage's steps that the newest saved checkpoint already has, by its log. */
const doneShare = (jobs: readonly PlannedJob[], file: PlanFile, store: Store): number => {
  const stage = file.plan.stages.find(each => each.name === jobs[0]?.key.stage);
  const saved = jobs.flatMap(job => store.metrics({ job: job.id, name: 'checkpoint saved' })).map(each => each.value);
  return stage?.steps && saved.length > 0 ? Math.min(1, Math.max(...saved) / stage.steps) : 0;
};

/**
 * The jobs of an incomplete stage that are worth another attempt: as many as the rest needs, and the spare ones; besides
 * those that an earlier resume, cut off in the middle, has already announced.
 */
const worthAgain = (jobs: readonly PlannedJob[], file: PlanFile, store: Store): PlannedJob[] => {
  const work = jobs.filter(job => !job.spare).length;
  const needed = Math.max(1, Math.ceil(work * (1 - doneShare(jobs, file, store))));
  const announced = (job: PlannedJob): boolean => store.record(job.id)?.state === 'submitting';
  return jobs.filter((job, index) => index < needed + jobs.length - work || announced(job));
};

/**
 * The next attempt of a job. One whose intent was written but not answered keeps its number: a resume that was cut off and
 * typed again must ask for the same attempt, not for one more.
 */
const sendingOf = (job: PlannedJob, record: JobRecord | undefined): Sending => {
  const attempt = record?.attempt ?? 0;
  return { job, attempt: record?.state === 'submitting' ? attempt : attempt + 1 };
};

/** Waits, runs, or was taken back by its scheduler: a second job of its stage would write the same checkpoint folder. */
const isActive = (job: string, run: OpenRun): boolean => {
  const record = run.store.record(job);
  if (record === undefined || record.state === 'submitting' || record.state === 'planned') return false;
  return !isEnded(record) || mayStartAgain(record);
};

const sendings = (file: PlanFile, store: Store): Sending[] => {
  const records = store.records();
  const names = [...new Set(file.plan.jobs.map(job => job.key.stage))];
  return names.flatMap(name => {
    const jobs = stageJobs(file, name);
    if (isComplete(jobs, records) || jobs.some(job => isActive(job.id, { file, store }))) return [];
    return worthAgain(jobs, file, store).map(job => sendingOf(job, records.get(job.id)));
  });
};

const refuseRunning = (file: PlanFile, wanted: readonly Sending[], store: Store): void => {
  const busy = file.plan.jobs.filter(job => isActive(job.id, { file, store }));
  if (busy.length === 0 || wanted.length > 0) return;
  throw new Trouble({
    code: 'MRT-S005',
    doing: `resuming ${file.plan.run}`,
    said: `${busy.length} of its jobs have not ended: ${busy.map(job => `${job.key.stage}-${job.key.segment}`).join(', ')}`,
    left: 'nothing was sent: two jobs would write one checkpoint folder.',
    hint: `martlet watch ${file.plan.run}, or martlet cancel ${file.plan.run} first.`,
  });
};

const refuseUnsure = (file: PlanFile, records: Records): void => {
  const job = file.plan.jobs.find(each => records.get(each.id)?.state === 'unsure');
  if (!job) return;
  throw new Trouble({
    code: 'MRT-S006',
    doing: `resuming ${file.plan.run}`,
    said: `nobody knows whether ${job.id} was submitted: ${records.get(job.id)?.reason ?? 'no answer'}`,
    left: 'nothing was sent.',
    hint: `look for the job ${records.get(job.id)?.name} on ${file.plan.cluster.name}; when it is not there, martlet cancel ${file.plan.run}, then resume.`,
  });
};

/** A job that seems lost may run on while nobody answers: its second attempt would write beside it. */
const unasked = (run: string, said: string): Trouble =>
  new Trouble({
    code: 'MRT-S005',
    doing: `resuming ${run}`,
    said: `whether its jobs have ended is not known: ${said}`,
    left: 'nothing was sent: two jobs would write one checkpoint folder.',
    hint: `martlet status ${run} until it answers, then resume again.`,
  });

/** Jobs of the plan before may run by the files that are to be replaced. */
const refuseActive = (file: PlanFile, store: Store): void => {
  const busy = file.plan.jobs.filter(job => isActive(job.id, { file, store }));
  if (busy.length > 0) refuseRunning(file, [], store);
};

/** The stored plan, or the next one in its place: stored here first, so that a cut resume goes on with it. */
const settledPlan = (stored: PlanFile, next: PlanFile | undefined, store: Store, world: World): PlanFile => {
  if (next === undefined || sendings(next, store).length === 0) return stored;
  world.runs.replacePlan(next.plan.run, stored.digest, JSON.stringify(next));
  return next;
};

/**
 * New attempts for every stage that is not complete, from its newest checkpoint. Takes a STOP back. `next`: the plan to go on
 * with, where something about it changes (replan.ts).
 */
export const resume = async (run: string, world: World, next?: PlanFile): Promise<ApplyResult> =>
  withRun(run, world, async (tracked, store) => {
    const { trouble } = await askCluster([{ file: tracked, store }], world);
    if (trouble !== undefined) throw unasked(run, trouble);
    const stored = storedPlan(run, world.runs);
    const records = store.records();
    refuseUnsure(stored, records);
    const remote = await world.remote(stored.plan.cluster.name);
    if (next) {
      refuseActive(stored, store);
      await settleFiles(stored, remote, world);
    }
    const file = settledPlan(stored, next, store, world);
    const wanted = sendings(file, store);
    refuseRunning(file, wanted, store);
    await settleFiles(file, remote, world);
    await remote.run(['rm', '-f', '--', `${file.plan.runDir}/STOP`]);
    if (wanted.length === 0) return { run, continued: true, submitted: [], undecided: [], refused: [] };
    const attempt = Math.max(...wanted.map(each => each.attempt));
    return send(file, wanted, `submit-${attempt}.sh`, store, world, true);
  });
