import type { PlannedJob } from '../plan/types.ts';
import type { JobRecord } from '../state/events.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { dialectOf } from './dialects.ts';
import { isEnded, jobsOf } from './records.ts';
import { askOnce, withRun } from './refresh.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

/** Nobody knows of an unsure job; a person who cancels it has looked, and says that it is not there. */
const isSettled = (record: JobRecord | undefined): boolean => isEnded(record) && record?.state !== 'unsure';

/** Jobs below a cancelled one go with it: PBS would leave them held for ever, Grid Engine would start them. */
const withDependents = (jobs: readonly PlannedJob[], all: readonly PlannedJob[]): PlannedJob[] => {
  const chosen = new Set(jobs.map(job => job.id));
  for (const job of all) if (job.needs.some(need => chosen.has(need.job))) chosen.add(job.id);
  return all.filter(job => chosen.has(job.id));
};

/** Asks for the end of a run or of one stage and what depends on it, last job first, and waits until the queue confirms it. */
export const cancel = async (run: string, stage: string | undefined, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const dialect = dialectOf(file.plan.cluster.scheduler);
    const remote = await world.remote(file.plan.cluster.name);
    const records = store.records();
    const doomed = withDependents(jobsOf(file, stage), file.plan.jobs).filter(job => !isSettled(records.get(job.id)));
    const at = world.clock().toISOString();
    for (const job of doomed)
      store.append(job.id, `cancel:${records.get(job.id)?.attempt ?? 0}`, at, {
        kind: 'cancel-requested',
        by: world.here.user,
      });
    const ids = doomed.flatMap(job => records.get(job.id)?.nativeId ?? []).reverse();
    if (ids.length > 0) await remote.run(dialect.cancel(ids));
    // Confirmed, not assumed: a cancelled trainer may take its grace time to save.
    for (let round = 0; round < 30; round += 1) {
      await askOnce(file, store, world);
      const now = store.records();
      if (doomed.every(job => isEnded(now.get(job.id)) || now.get(job.id)?.attempt === 0)) break;
      await world.sleep(500);
    }
    return snapshotOf(file, store, world);
  });
