import { Trouble } from '../model/trouble.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { RunShelf } from './world.ts';

export { isFinal as isEnded } from '../state/fold.ts';

/** The plan a run was made from, as it was stored before anything was sent. */
export const storedPlan = (run: string, runs: RunShelf): PlanFile => {
  const text = runs.readPlan(run);
  if (text === undefined) {
    const known = runs.list();
    throw new Trouble(
      {
        code: 'MRT-U004',
        doing: `looking for the run ${run}`,
        said: known.length > 0 ? `known here: ${known.join(', ')}` : 'no run is known on this machine',
        hint: 'a run started elsewhere is found with: martlet adopt DIR --cluster C',
      },
      2,
    );
  }
  return JSON.parse(text) as PlanFile;
};

export const jobsOf = ({ plan }: PlanFile, stage?: string, segment?: number): readonly PlannedJob[] =>
  plan.jobs.filter(
    job => (stage === undefined || job.key.stage === stage) && (segment === undefined || job.key.segment === segment),
  );
