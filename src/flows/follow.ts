import { Trouble } from '../model/trouble.ts';
import type { JobRecord } from '../state/events.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { mayStartAgain } from './attempts.ts';
import { dialectOf, leastSeconds } from './dialects.ts';
import { pauseSeconds } from './pace.ts';
import { isEnded, type OpenRun, withRun } from './records.ts';
import { askOnce, type Round } from './round.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

/** A connection that could not be made is an answer too: what was known before is still shown, and why it is not newer. */
const asked = async (run: OpenRun, world: World): Promise<Round> => {
  try {
    return await askOnce(run, world);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { doing, said = 'it failed', hint } = error.facts;
    return { trouble: `${doing}: ${said}${hint ? ` (${hint})` : ''}` };
  }
};

/** Asks the cluster once, stores what is new, and gives the present. */
export const refresh = (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const { trouble } = await asked({ file, store }, world);
    return snapshotOf(file, store, world, trouble);
  });

/** The present as it was last known; nobody is asked. */
export const snapshot = (run: string, world: World): Promise<Snapshot> =>
  withRun(run, world, (file, store) => snapshotOf(file, store, world));

export interface FollowOptions {
  readonly onSnapshot?: ((snapshot: Snapshot) => void) | undefined;
  /** Ends the following early; the jobs run on. */
  readonly signal?: AbortSignal | undefined;
  /** The cluster has not answered for many rounds: shall it be asked again? Without it the following ends. */
  readonly onSilence?: ((said: string) => Promise<boolean>) | undefined;
}

/** A submit that was cut off leaves jobs nobody has asked for: nothing will change until it is typed again. */
const CUT_OFF_MS = 15_000;

const isAbandoned = ({ file, store }: OpenRun, quietMs: number): boolean =>
  quietMs > CUT_OFF_MS &&
  file.plan.jobs.every(job => {
    const record = store.record(job.id);
    return !record || isEnded(record) || record.state === 'submitting' || record.state === 'planned';
  });

const stateText = ({ file, store }: OpenRun): string => {
  const records: ReadonlyMap<string, JobRecord> = store.records();
  return file.plan.jobs.map(job => `${records.get(job.id)?.state}.${records.get(job.id)?.boot}`).join(' ');
};

const hasEnded = (run: OpenRun): boolean => {
  const records = run.store.records();
  return run.file.plan.jobs.every(({ id }) => {
    const record = records.get(id);
    return record !== undefined && isEnded(record) && !mayStartAgain(record);
  });
};

/**
 * Follows a run until every job has ended, or until nothing more can happen without a person. Read-only: it may be killed
 * at any time and nothing is lost.
 */
export const follow = (run: string, world: World, options: FollowOptions = {}): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const open: OpenRun = { file, store };
    let [quiet, troubles, before, changed] = [0, 0, '', world.clock().getTime()];
    for (;;) {
      // What hinders the first round is told at once; later ones are waited out.
      const { trouble } = before === '' ? await askOnce(open, world) : await asked(open, world);
      const now = snapshotOf(file, store, world, trouble);
      options.onSnapshot?.(now);
      if (hasEnded(open) || options.signal?.aborted) return now;
      const text = stateText(open);
      if (text !== before) changed = world.clock().getTime();
      if (isAbandoned(open, world.clock().getTime() - changed)) return now;
      quiet = text === before ? quiet + 1 : 0;
      troubles = trouble === undefined ? 0 : troubles + 1;
      before = text;
      const least = leastSeconds(file.plan.cluster);
      const isOwn = dialectOf(file.plan.cluster.scheduler).isOwn === true;
      const seconds = isOwn ? least : pauseSeconds({ quiet, troubles, leastSeconds: least, dice: world.dice() });
      if (seconds !== undefined) await world.sleep(seconds * 1000);
      else if (await options.onSilence?.(trouble ?? '')) troubles = 0;
      else return now;
    }
  });
