import type { PlanFile } from '../plan/types.ts';
import { isEnded } from './records.ts';
import type { World } from './world.ts';

/** A run of the same inputs, as it was stored. */
export interface Twin {
  readonly file: PlanFile;
  readonly state: 'unfinished' | 'stopped' | 'finished';
}

const stateOf = (file: PlanFile, world: World): Twin['state'] => {
  const store = world.runs.open(file.plan.run);
  try {
    const records = file.plan.jobs.map(job => store.records().get(job.id));
    if (records.some(record => !isEnded(record))) return 'unfinished';
    // A cancelled job may say `stopped` too; only the person's own STOP is waited for by a resume.
    return records.some(record => record?.outcome === 'stopped' && !record.cancelRequested) ? 'stopped' : 'finished';
  } finally {
    store.close();
  }
};

/** The newest run of equal inputs that still has something to do. */
export const openTwin = (basis: string, world: World): Twin | undefined => {
  const twins = world.runs.list().flatMap(run => {
    const text = world.runs.readPlan(run);
    if (!text?.includes(basis)) return [];
    const file = JSON.parse(text) as PlanFile;
    return file.plan.basis === basis ? [{ file, state: stateOf(file, world) }] : [];
  });
  return twins.find(twin => twin.state === 'unfinished') ?? twins.find(twin => twin.state === 'stopped');
};
