import { Trouble } from '../model/trouble.ts';
import type { JobRecord } from '../state/events.ts';
import { UNTOUCHED } from '../state/fold.ts';
import { runStateOf, stageStateOf } from '../state/run-state.ts';
import { openAttempts } from './attempts.ts';
import { isEnded, type OpenRun, trackedRun } from './records.ts';
import { askCluster, type ClusterRound } from './round.ts';
import type { World } from './world.ts';

export interface ListedRun {
  readonly run: string;
  readonly recipe: string;
  readonly cluster: string;
  readonly state: string;
  /** Jobs that have ended, and all of them. */
  readonly jobs?: { readonly ended: number; readonly all: number } | undefined;
  /** Why its cluster did not answer: the state is what was known before. */
  readonly trouble?: string | undefined;
}

const lineOf = ({ file, store }: OpenRun, now: Date, trouble: string | undefined): ListedRun => {
  const { plan } = file;
  const records: ReadonlyMap<string, JobRecord> = store.records();
  const jobs = plan.jobs.map(job => ({
    ...(records.get(job.id) ?? UNTOUCHED),
    spare: job.spare,
    stage: job.key.stage,
  }));
  const byStage = Map.groupBy(jobs, job => job.stage);
  const stages = plan.stages.map(each => ({ state: stageStateOf(each.status, byStage.get(each.name) ?? []) }));
  const ended = jobs.filter(isEnded).length;
  return {
    run: plan.run,
    recipe: plan.recipe.name,
    cluster: plan.cluster.name,
    state: runStateOf(stages, jobs, now),
    jobs: { ended, all: jobs.length },
    ...(trouble === undefined ? {} : { trouble }),
  };
};

/** One whose store cannot be read is listed as such; the others still are. */
const unreadable = (run: string): ListedRun => ({ run, recipe: '', cluster: '', state: 'unreadable' });

const opened = (run: string, world: World): OpenRun | ListedRun => {
  try {
    return { file: trackedRun(run, world.runs), store: world.runs.open(run) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return unreadable(run);
  }
};

const isOpen = (each: OpenRun | ListedRun): each is OpenRun => 'store' in each;

/** What hinders one cluster is told beside its runs and does not hide the others. */
const askedOf = async (runs: readonly OpenRun[], world: World): Promise<ClusterRound> => {
  try {
    return await askCluster(runs, world);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { trouble: `${error.facts.doing}: ${error.facts.said ?? 'it failed'}`, silent: new Map() };
  }
};

/** All runs of this machine. Clusters that will be asked are connected to while further runs are read. */
const openAll = async (world: World, willAsk: boolean): Promise<(OpenRun | ListedRun)[]> => {
  const reached = new Set<string>();
  const all: (OpenRun | ListedRun)[] = [];
  for (const run of world.runs.list()) {
    const each = opened(run, world);
    all.push(each);
    if (!willAsk || !isOpen(each)) continue;
    const { name } = each.file.plan.cluster;
    if (reached.has(name) || openAttempts(each, world.clock()).length === 0) continue;
    reached.add(name);
    await world.reach?.(name);
  }
  return all;
};

const listWith = async (
  world: World,
  ask?: (runs: readonly OpenRun[]) => Promise<ClusterRound>,
): Promise<readonly ListedRun[]> => {
  const all = await openAll(world, ask !== undefined);
  const open = all.filter(isOpen);
  try {
    const clusters = Map.groupBy(open, ({ file }) => file.plan.cluster.name);
    const said = await Promise.all([...clusters].map(async ([name, runs]) => [name, await ask?.(runs)] as const));
    const rounds = new Map(said);
    const troubleOf = (run: OpenRun): string | undefined => {
      const round = rounds.get(run.file.plan.cluster.name);
      return round?.trouble ?? round?.silent.get(run);
    };
    const now = world.clock();
    return all.map(each => (isOpen(each) ? lineOf(each, now, troubleOf(each)) : each));
  } finally {
    for (const { store } of open) store.close();
  }
};

/** Known runs of this machine as they were last known, in the order of their ids. */
export const listRuns = (world: World): Promise<readonly ListedRun[]> => listWith(world);

/** The same, after each cluster was asked once for all of its runs. */
export const askAll = (world: World): Promise<readonly ListedRun[]> => listWith(world, runs => askedOf(runs, world));
