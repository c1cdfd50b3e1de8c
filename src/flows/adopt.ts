import { attemptFolder, jobFolder, jobName } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import { type TrackedJob, trackedOf } from '../plan/tracked.ts';
import type { PlanFile } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import { ingest } from './ingest.ts';
import type { Look } from './look.ts';
import { lookRound } from './look.ts';
import { readTemplate } from './templates.ts';
import { noteTold } from './twins.ts';
import type { World } from './world.ts';

const readPlanThere = async (dir: string, remote: Remote): Promise<PlanFile> => {
  const text = await remote.get(`${dir}/plan.json`);
  try {
    // The run's own plan.json holds the plan and its digest; the files lie beside it and need not be repeated.
    const { plan, digest } = JSON.parse(text ?? '') as PlanFile;
    return { plan: { ...plan, runDir: dir }, files: { 'plan.json': text ?? '' }, digest };
  } catch {
    throw new Trouble({
      code: 'MRT-S007',
      doing: `adopting ${dir}`,
      said: text === undefined ? 'there is no plan.json' : 'its plan.json cannot be read',
      hint: 'DIR is the folder of one run on the cluster, paths.runs/RUN.',
    });
  }
};

const attemptsThere = async (dir: string, remote: Remote): Promise<Map<string, number[]>> => {
  const out = await remote.run(['bash', '-c', 'cd -- "$1" && ls -d -- */A[0-9]* 2>/dev/null', 'list', dir]);
  const found = new Map<string, number[]>();
  for (const line of out.stdout.split('\n')) {
    const [, folder, attempt] = /^(.+)\/A(\d+)$/.exec(line) ?? [];
    if (folder && attempt)
      found.set(
        folder,
        [...(found.get(folder) ?? []), Number(attempt)].sort((a, b) => a - b),
      );
  }
  return found;
};

const rebuild = (job: TrackedJob, attempt: number, seen: Look, file: PlanFile, store: Store, at: string): void => {
  store.append(job.id, 'planned', at, { kind: 'planned', planDigest: file.digest });
  store.append(job.id, `intended:${attempt}`, at, {
    kind: 'submit-intended',
    attempt,
    name: jobName(job.key, attempt),
  });
  ingest(job, attempt, seen, dialectOf(file.plan.cluster.scheduler), store, at);
};

/** The folder's full path over there: a run is found again from anywhere. */
const fullPath = async (dir: string, remote: Remote): Promise<string> => {
  const out = await remote.run(['bash', '-c', 'cd -- "$1" && pwd', 'full', dir]);
  if (out.code === 0) return out.stdout.replace(/\n$/, '');
  throw new Trouble({
    code: 'MRT-S007',
    doing: `adopting ${dir}`,
    said: out.stderr.trim() || 'there is no such folder',
    hint: 'DIR is the folder of one run on the cluster, paths.runs/RUN.',
  });
};

const refuseOther = (file: PlanFile, cluster: string): void => {
  if (file.plan.cluster.name === cluster) return;
  throw new Trouble(
    {
      code: 'MRT-S007',
      doing: `adopting ${file.plan.run}`,
      said: `it is a run of ${file.plan.cluster.name}, not of ${cluster}`,
      left: 'nothing was adopted.',
      hint: `martlet adopt DIR --cluster ${file.plan.cluster.name}`,
    },
    2,
  );
};

const unanswered = (dir: string, said: string): Trouble =>
  new Trouble({
    code: 'MRT-S003',
    doing: `adopting ${dir}`,
    said: `the folder did not answer: ${said}`,
    hint: 'type it again; nothing is counted twice.',
  });

/** An attempt that has a folder over there. */
interface Found {
  readonly job: TrackedJob;
  readonly attempt: number;
  readonly folder: string;
}

const foundThere = async (file: PlanFile, dir: string, remote: Remote): Promise<Found[]> => {
  const attempts = await attemptsThere(dir, remote);
  return file.plan.jobs.flatMap(job =>
    (attempts.get(jobFolder(job.key)) ?? []).map(attempt => ({
      job,
      attempt,
      folder: attemptFolder(job.key, attempt),
    })),
  );
};

/** Reads these attempts to the end of their files, however many rounds that takes. */
const rebuildAll = async (
  wanted: readonly Found[],
  file: PlanFile,
  dir: string,
  remote: Remote,
  store: Store,
  world: World,
): Promise<void> => {
  const at = wanted.map(({ folder }) => ({
    runDir: dir,
    folder,
    diaryByte: store.cursor(`${folder}/events.jsonl`),
    logByte: store.cursor(`${folder}/log.txt`),
    wantsAnswer: true,
  }));
  const answer = await lookRound(remote, readTemplate(world, 'templates/look/round.sh'), [], at);
  if ('silence' in answer) throw unanswered(dir, answer.silence);
  for (const [i, { job, attempt }] of wanted.entries()) {
    const seen = answer.looks[i];
    if (seen?.silent) throw unanswered(dir, 'the folder cannot be entered');
    if (seen) rebuild(job, attempt, seen, file, store, world.clock().toISOString());
  }
  const behind = wanted.filter((_, i) => (answer.looks[i]?.more.length ?? 0) > 0);
  if (behind.length > 0) await rebuildAll(behind, file, dir, remote, store, world);
};

/** Rebuilds what this machine knows of a run from its folder on the cluster, which holds everything. */
export const adopt = async (typed: string, cluster: string, world: World): Promise<{ run: string }> => {
  const remote = await world.remote(cluster);
  const dir = await fullPath(typed, remote);
  const file = await readPlanThere(dir, remote);
  refuseOther(file, cluster);
  world.runs.writePlan(file.plan.run, JSON.stringify(file));
  world.runs.writeHead(file.plan.run, JSON.stringify(trackedOf(file)));
  const store = world.runs.open(file.plan.run);
  try {
    await rebuildAll(await foundThere(file, dir, remote), file, dir, remote, store, world);
  } finally {
    store.close();
  }
  noteTold(file.plan.run, world);
  return { run: file.plan.run };
};
