import { Trouble } from '../model/trouble.ts';
import type { Tracked, TrackedJob } from '../plan/tracked.ts';
import type { PlannedJob } from '../plan/types.ts';
import type { JobRecord, JobState } from '../state/events.ts';
import type { Asks, Why } from '../state/why.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import { isEnded, jobsOf, storedPlan, withRun } from './records.ts';
import { askOnce } from './round.ts';
import type { World } from './world.ts';

const WAITING: ReadonlySet<JobState> = new Set(['queued', 'held']);

const stateOf = (job: string, store: Store): JobState => store.record(job)?.state ?? 'planned';

const openNeeds = (job: TrackedJob, store: Store): Why['waitsFor'] =>
  job.needs
    .filter(need => !isEnded(store.record(need.job)))
    .map(need => ({ job: need.job, state: stateOf(need.job, store) }));

const BAD: ReadonlySet<JobState> = new Set(['failed', 'refused', 'unsure', 'lost']);

/**
 * The job a question about the whole run is about: the first that waits for nobody of the run, else the first not ended, else
 * the first that went wrong, for those behind it ended because of it.
 */
const chosen = (jobs: readonly TrackedJob[], store: Store): TrackedJob | undefined => {
  const open = jobs.filter(job => !isEnded(store.record(job.id)));
  const waits = open.filter(job => WAITING.has(stateOf(job.id, store)));
  return (
    waits.find(job => openNeeds(job, store).length === 0) ??
    open[0] ??
    jobs.find(job => BAD.has(stateOf(job.id, store))) ??
    jobs.at(-1)
  );
};

const asksOf = ({ request }: PlannedJob): Asks => ({
  resourceType: request.resourceType,
  queue: request.queue,
  nodes: request.nodes,
  gpusPerNode: request.gpusPerNode,
  walltimeSeconds: request.walltimeSeconds,
  account: request.account,
  service: [...request.submitArgs, ...Object.entries(request.submitEnv).map(([name, value]) => `${name}=${value}`)],
});

const unknownJob = (run: string, file: Tracked): Trouble =>
  new Trouble(
    {
      code: 'MRT-U005',
      doing: `asking why a job of ${run} waits`,
      said: 'there is no such job',
      hint: `its jobs: ${file.plan.jobs.map(each => `${each.key.stage}/${each.key.segment}`).join(', ')}`,
    },
    2,
  );

/** A job of this run by its native id, as `cpt-1 (4711)`; another's id stays as it is. */
const namesIn = (file: Tracked, store: Store): ((nativeId: string) => string) => {
  const names = new Map(
    file.plan.jobs.map(job => [store.record(job.id)?.nativeId, `${job.key.stage}-${job.key.segment}`] as const),
  );
  return nativeId => (names.has(nativeId) ? `${names.get(nativeId)} (${nativeId})` : nativeId);
};

/** The scheduler's own account of a waiting job. */
const askScheduler = async (
  { nativeId }: JobRecord,
  { cluster }: Tracked['plan'],
  nameOf: (nativeId: string) => string,
  world: World,
): Promise<Pick<Why, 'waiting' | 'trouble'>> => {
  if (nativeId === undefined) return {};
  const dialect = dialectOf(cluster.scheduler);
  const remote = await world.remote(cluster.name);
  const answer = dialect.readWhy(await remote.run(dialect.why(nativeId, cluster.options)), nativeId);
  if (answer.kind === 'answered')
    return { waiting: { ...answer.waiting, waitsFor: answer.waiting.waitsFor.map(nameOf) } };
  return { trouble: answer.said };
};

/** Why a job waits, or how it ended: of the named stage and segment, else of the one the run hangs on. */
export const why = (
  run: string,
  choice: { readonly stage?: string | undefined; readonly segment?: number | undefined },
  world: World,
): Promise<Why> =>
  withRun(run, world, async (file, store) => {
    const { trouble } = await askOnce({ file, store }, world);
    const job = chosen(jobsOf(file, choice.stage, choice.segment), store);
    if (!job) throw unknownJob(run, file);
    const record = store.record(job.id);
    const whole = storedPlan(run, world.runs).plan.jobs.find(each => each.id === job.id);
    const isWaiting = record !== undefined && WAITING.has(record.state);
    const asked = isWaiting ? await askScheduler(record, file.plan, namesIn(file, store), world) : {};
    return {
      run,
      job: job.id,
      state: record?.state ?? 'planned',
      nativeId: record?.nativeId,
      reason: record?.reason,
      waitsFor: openNeeds(job, store),
      asks: whole && asksOf(whole),
      behind: file.plan.jobs.filter(each => each.needs.some(need => need.job === job.id)).length,
      cluster: file.plan.cluster.name,
      scheduler: file.plan.cluster.scheduler,
      trouble,
      ...asked,
    };
  });
