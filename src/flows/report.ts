import type { PlanFile } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import { makeReport, type Report } from '../state/report.ts';
import { storedPlan, withRun } from './records.ts';
import { askOnce } from './round.ts';
import type { World } from './world.ts';

/** A rehearsal's trainer writes every loss with all its bits; a real engine does not, and the log's digits must do. */
const exactLosses = async (file: PlanFile, remote: Remote): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  if (!file.plan.rehearsal) return found;
  for (const stage of file.plan.stages) {
    const text = stage.expects.length > 0 ? await remote.get(`${stage.output}/losses.tsv`) : undefined;
    if (text !== undefined) found[stage.name] = text;
  }
  return found;
};

/** Asked against seen for every value the log says back, the loss curve, and what the cuts did. */
export const report = (run: string, world: World): Promise<Report> =>
  withRun(run, world, async (tracked, store) => {
    await askOnce({ file: tracked, store }, world);
    const file = storedPlan(run, world.runs);
    const remote = await world.remote(file.plan.cluster.name);
    return makeReport({
      run,
      title: file.plan.recipe.title,
      rehearsal: file.plan.rehearsal,
      stages: file.plan.stages.map(stage => ({
        ...stage,
        jobs: file.plan.jobs.filter(job => job.key.stage === stage.name).map(job => job.id),
      })),
      records: store.records(),
      metrics: store.metrics(),
      exactLosses: await exactLosses(file, remote),
      origin: path => file.plan.origins[path],
    });
  });
