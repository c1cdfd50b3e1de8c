import { Trouble } from '../model/trouble.ts';
import { type Tracked, type TrackedJob, trackedOf } from '../plan/tracked.ts';
import type { PlanFile } from '../plan/types.ts';
import type { Store } from '../store/store.ts';
import type { RunShelf, World } from './world.ts';

export { isFinal as isEnded, isTakenBack } from '../state/fold.ts';

const unknownRun = (run: string, known: readonly string[]): Trouble =>
  new Trouble(
    {
      code: 'MRT-U004',
      doing: `looking for the run ${run}`,
      said: known.length > 0 ? `known here: ${known.join(', ')}` : 'no run is known on this machine',
      hint: 'a run started elsewhere is found with: martlet adopt DIR --cluster C',
    },
    2,
  );

const brokenPlan = (run: string, runs: RunShelf): Trouble =>
  new Trouble({
    code: 'MRT-W020',
    doing: `reading the plan of ${run}`,
    said: `${runs.directory}/${run}/plan.json is no JSON`,
    left: 'it was left as it is; the run on its cluster is not concerned.',
    hint: 'move its folder away, then: martlet adopt DIR --cluster C',
  });

/** The plan a run was made from, whole, as it was stored before anything was sent. */
export const storedPlan = (run: string, runs: RunShelf): PlanFile => {
  const text = runs.readPlan(run);
  if (text === undefined) throw unknownRun(run, runs.list());
  try {
    return JSON.parse(text) as PlanFile;
  } catch {
    throw brokenPlan(run, runs);
  }
};

const parsedHead = (text: string | undefined): Tracked | undefined => {
  try {
    const head = JSON.parse(text ?? '') as Tracked | null;
    return Array.isArray(head?.plan?.jobs) ? head : undefined;
  } catch {
    return undefined;
  }
};

/** The part of the plan that following needs; made from the whole plan where it is missing, because it is only derived. */
export const trackedRun = (run: string, runs: RunShelf): Tracked => {
  const known = parsedHead(runs.readHead(run));
  if (known) return known;
  const head = trackedOf(storedPlan(run, runs));
  runs.writeHead(run, JSON.stringify(head));
  return head;
};

/** A run that is looked at: its plan and its event log. */
export interface OpenRun {
  readonly file: Tracked;
  readonly store: Store;
}

/** Opens a run and hands it to the caller; the store is closed afterwards. */
export const withRun = async <T>(
  run: string,
  world: World,
  act: (file: Tracked, store: Store) => Promise<T> | T,
): Promise<T> => {
  const file = trackedRun(run, world.runs);
  const store = world.runs.open(run);
  try {
    return await act(file, store);
  } finally {
    store.close();
  }
};

export const jobsOf = ({ plan }: Tracked, stage?: string, segment?: number): readonly TrackedJob[] =>
  plan.jobs.filter(
    job => (stage === undefined || job.key.stage === stage) && (segment === undefined || job.key.segment === segment),
  );
