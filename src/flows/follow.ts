import type { PlanFile } from '../plan/types.ts';
import type { JobRecord } from '../state/events.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { isEnded } from './records.ts';
import { askOnce, withRun } from './refresh.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

/** Seconds between two questions: soon after a change, later when nothing happens, never below the profile's minimum. */
const STEPS_SECONDS = [2, 4, 8, 16, 32, 60];
/** The embedded scheduler is this machine's own; asking it often troubles nobody. */
const LOCAL_SECONDS = 0.5;

/** Asks the cluster once, stores what is new, and gives the present. */
export const refresh = (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const { trouble } = await askOnce(file, store, world);
    return snapshotOf(file, store, world, trouble);
  });

/** The present as it was last known; nobody is asked. */
export const snapshot = (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, (file, store) => snapshotOf(file, store, world));

export interface FollowOptions {
  readonly onSnapshot?: ((snapshot: Snapshot) => void) | undefined;
  /** Ends the following early; the jobs run on. */
  readonly signal?: AbortSignal | undefined;
}

/** A submit that was cut off leaves jobs nobody has asked for: nothing will change until it is typed again. */
const CUT_OFF_MS = 15_000;

const isAbandoned = (file: PlanFile, records: ReadonlyMap<string, JobRecord>, quietMs: number): boolean =>
  quietMs > CUT_OFF_MS &&
  file.plan.jobs.every(job => {
    const record = records.get(job.id);
    return !record || isEnded(record) || record.state === 'submitting' || record.state === 'planned';
  });

/**
 * Follows a run until every job has ended, or until nothing more can happen without a person. Read-only: it may be killed
 * at any time and nothing is lost.
 */
export const follow = (run: string, world: World, options: FollowOptions = {}): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    let quiet = 0;
    let before = '';
    let changed = world.clock().getTime();
    for (;;) {
      const { trouble } = await askOnce(file, store, world);
      const now = snapshotOf(file, store, world, trouble);
      options.onSnapshot?.(now);
      const records = store.records();
      if (file.plan.jobs.every(job => isEnded(records.get(job.id))) || options.signal?.aborted) return now;
      const text = JSON.stringify(file.plan.jobs.map(job => [records.get(job.id)?.state, records.get(job.id)?.boot]));
      if (text !== before) changed = world.clock().getTime();
      if (isAbandoned(file, records, world.clock().getTime() - changed)) return now;
      quiet = text === before || trouble ? quiet + 1 : 0;
      before = text;
      await world.sleep(pause(quiet, file.plan.cluster, world.dice()) * 1000);
    }
  });

const pause = (quiet: number, cluster: { scheduler: string; pollSeconds: number }, dice: number): number => {
  if (cluster.scheduler === 'embedded') return LOCAL_SECONDS;
  const step = STEPS_SECONDS[Math.min(quiet, STEPS_SECONDS.length - 1)] ?? 60;
  return Math.max(cluster.pollSeconds, step) * (0.9 + 0.2 * dice);
};
