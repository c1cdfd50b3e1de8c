import { Trouble } from '../model/trouble.ts';
import type { Tracked } from '../plan/tracked.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { isEnded, withRun } from './records.ts';
import { askOnce } from './round.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

const refuse = (file: Tracked, said: string, hint: string): Trouble =>
  new Trouble({ code: 'MRT-S010', doing: `stopping ${file.plan.run}`, said, left: 'nothing was changed.', hint });

/** Asks the run to save a checkpoint, end clean and hold its chain: a file STOP in its folder, which every job watches. */
export const stop = async (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const remote = await world.remote(file.plan.cluster.name);
    if ((await remote.get(`${file.plan.runDir}/plan.json`)) === undefined)
      throw refuse(
        file,
        `its folder is not there: ${file.plan.runDir}`,
        'was it moved? martlet adopt DIR finds it again.',
      );
    await askOnce({ file, store }, world);
    const open = file.plan.jobs.filter(job => !isEnded(store.record(job.id)));
    if (open.length === 0) throw refuse(file, 'every job has ended: there is nothing to stop', `martlet status ${run}`);
    const at = world.clock();
    await remote.putFile(`${file.plan.runDir}/STOP`, `asked for at ${at.toISOString()} by ${world.here.user}\n`);
    for (const job of open) {
      const attempt = store.record(job.id)?.attempt ?? 0;
      store.append(job.id, `stop:${attempt}`, at.toISOString(), { kind: 'stop-requested', by: world.here.user });
    }
    return snapshotOf(file, store, world);
  });
