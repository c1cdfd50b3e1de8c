import type { Snapshot } from '../state/snapshot.ts';
import { isEnded } from './records.ts';
import { withRun } from './refresh.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

/** Asks the run to save a checkpoint, end clean and hold its chain: a file STOP in its folder, which every job watches. */
export const stop = async (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const remote = await world.remote(file.plan.cluster.name);
    const at = world.clock();
    await remote.putFile(`${file.plan.runDir}/STOP`, `asked for at ${at.toISOString()} by ${world.here.user}\n`);
    const records = store.records();
    for (const job of file.plan.jobs) {
      const record = records.get(job.id);
      if (record && !isEnded(record))
        store.append(job.id, `stop:${record.attempt}`, at.toISOString(), {
          kind: 'stop-requested',
          by: world.here.user,
        });
    }
    return snapshotOf(file, store, world);
  });
