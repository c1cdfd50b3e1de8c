import type { Plan, PlanFile, PlannedJob, PlannedStage } from './types.ts';

/** What following a run needs of its plan: about 200 bytes a job, where the whole plan and its files have tens of thousands. */
export type TrackedJob = Pick<PlannedJob, 'key' | 'id' | 'engine' | 'kind' | 'spare' | 'needs'>;
export type TrackedStage = Pick<
  PlannedStage,
  'name' | 'kind' | 'status' | 'note' | 'nodes' | 'gpusPerNode' | 'steps' | 'tokensPerStep' | 'secondsPerStep'
>;
export type TrackedPlan = Pick<Plan, 'run' | 'runDir' | 'recipe' | 'cluster' | 'basis' | 'rehearsal'> & {
  readonly stages: readonly TrackedStage[];
  readonly jobs: readonly TrackedJob[];
};

/** A plan file as a run is followed by; a whole PlanFile is one too. */
export interface Tracked {
  readonly plan: TrackedPlan;
  readonly digest: string;
}

const trackedJob = ({ key, id, engine, kind, spare, needs }: PlannedJob): TrackedJob => ({
  key,
  id,
  engine,
  kind,
  spare,
  needs,
});

const trackedStage = (stage: PlannedStage): TrackedStage => {
  const { name, kind, status, note, nodes, gpusPerNode, steps, tokensPerStep, secondsPerStep } = stage;
  return { name, kind, status, note, nodes, gpusPerNode, steps, tokensPerStep, secondsPerStep };
};

export const trackedOf = ({ plan, digest }: PlanFile): Tracked => {
  const { run, runDir, recipe, cluster, basis, rehearsal } = plan;
  const stages = plan.stages.map(trackedStage);
  return { plan: { run, runDir, recipe, cluster, basis, rehearsal, stages, jobs: plan.jobs.map(trackedJob) }, digest };
};
