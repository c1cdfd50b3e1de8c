import { Trouble } from '../model/trouble.ts';
import type { Tracked } from '../plan/tracked.ts';
import type { PlanFile } from '../plan/types.ts';
import type { Store } from '../store/store.ts';
import { mayStartAgain } from './attempts.ts';
import { isEnded, storedPlan, trackedRun } from './records.ts';
import type { World } from './world.ts';

/** `untold`: it has ended, but the submit that sent it was cut off before it could say so to anybody. */
export type TwinState = 'unfinished' | 'untold' | 'stopped' | 'finished';

/** A run of the same inputs, as it was stored. */
export interface Twin {
  readonly file: PlanFile;
  readonly state: TwinState;
}

/** Whoever cancelled it knows of it, too. */
const isTold = (file: Tracked, store: Store): boolean =>
  file.plan.jobs.some(
    job => store.newestEvents(job.id, 'submit-told', 1).length > 0 || store.record(job.id)?.cancelRequested === true,
  );

const stateOf = (file: Tracked, world: World): TwinState => {
  const store = world.runs.open(file.plan.run);
  try {
    const known = store.records();
    const records = file.plan.jobs.map(job => known.get(job.id));
    if (records.some(record => !isEnded(record))) return 'unfinished';
    const again = [...known.values()].some(mayStartAgain);
    if (again) return 'unfinished';
    // A cancelled job may say `stopped` too; only the person's own STOP is waited for by a resume.
    if (records.some(record => record?.outcome === 'stopped' && !record.cancelRequested)) return 'stopped';
    return isTold(file, store) ? 'finished' : 'untold';
  } finally {
    store.close();
  }
};

/** One that cannot be read is nobody's twin. */
const readable = (run: string, world: World): Tracked[] => {
  try {
    return [trackedRun(run, world.runs)];
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return [];
  }
};

/** The run of equal inputs that still has something to do, or that nobody has heard of yet. */
export const openTwin = (basis: string, world: World): Twin | undefined => {
  const twins = world.runs
    .list()
    .flatMap(run => readable(run, world))
    .filter(({ plan }) => plan.basis === basis)
    .map(file => ({ run: file.plan.run, state: stateOf(file, world) }));
  for (const state of ['unfinished', 'untold', 'stopped'] as const) {
    const twin = twins.find(each => each.state === state);
    if (twin) return { state, file: storedPlan(twin.run, world.runs) };
  }
  return undefined;
};

/** Written when the answer has been printed: from now on an equal submit of this run, once it has ended, is a new wish. */
export const noteTold = (run: string, world: World): void => {
  const { plan } = trackedRun(run, world.runs);
  const store = world.runs.open(run);
  try {
    store.atOnce(() => {
      for (const job of plan.jobs) {
        const attempt = store.record(job.id)?.attempt ?? 1;
        store.append(job.id, `told:${attempt}`, world.clock().toISOString(), { kind: 'submit-told', attempt });
      }
    });
  } finally {
    store.close();
  }
};
