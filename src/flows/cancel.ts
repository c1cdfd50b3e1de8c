import { attemptFolder } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import type { JobRecord } from '../state/events.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import { isEnded, jobsOf } from './records.ts';
import { askOnce, readTemplate, withRun } from './refresh.ts';
import { snapshotOf } from './snapshot.ts';
import { lookUp } from './walk.ts';
import type { World } from './world.ts';

/** A cancelled trainer may take its grace time to save; a walk may still be waiting for an answer. */
const ROUNDS = 40;
const PAUSE_MS = 500;

/** Nobody knows of an unsure job; a person who cancels it has looked, and says that it is not there. */
const isSettled = (record: JobRecord | undefined): boolean =>
  record === undefined || record.attempt === 0 || (isEnded(record) && record.state !== 'unsure');

/** Jobs below a cancelled one go with it: PBS would leave them held for ever, Grid Engine would start them. */
const withDependents = (jobs: readonly PlannedJob[], all: readonly PlannedJob[]): PlannedJob[] => {
  const chosen = new Set(jobs.map(job => job.id));
  for (const job of all) if (job.needs.some(need => chosen.has(need.job))) chosen.add(job.id);
  return all.filter(job => chosen.has(job.id));
};

const unknownStage = (file: PlanFile, stage: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-U005',
      doing: `cancelling ${file.plan.run}/${stage}`,
      said: 'no such stage has jobs',
      left: 'nothing was cancelled.',
      hint: `its stages: ${[...new Set(file.plan.jobs.map(job => job.key.stage))].join(', ')}.`,
    },
    2,
  );

/** Attempts nobody has asked for are blocked, so that a walk that goes on alone never asks; they are over with that. */
const block = async (
  doomed: readonly PlannedJob[],
  file: PlanFile,
  store: Store,
  remote: Remote,
  world: World,
): Promise<void> => {
  const records = store.records();
  const unanswered = doomed.filter(job => records.get(job.id)?.nativeId === undefined);
  const folders = new Map(unanswered.map(job => [attemptFolder(job.key, records.get(job.id)?.attempt ?? 1), job]));
  if (folders.size === 0) return;
  const script = readTemplate(world, 'templates/look/block.sh');
  const out = await remote.run(['bash', '-s', '--', file.plan.runDir, ...folders.keys()], { stdin: script });
  for (const folder of out.stdout.split('\n')) {
    const job = folders.get(folder);
    const attempt = (job && records.get(job.id)?.attempt) ?? 1;
    const gone = { kind: 'queue-seen', attempt, seen: 'ended', raw: 'never asked for' } as const;
    if (job) store.append(job.id, `blocked:${attempt}`, world.clock().toISOString(), gone);
  }
};

/** Asked for, and the answer is not here yet: the queue is asked by name, because the walk may have been cut off. */
const lookUpIds = async (
  doomed: readonly PlannedJob[],
  file: PlanFile,
  store: Store,
  remote: Remote,
  world: World,
): Promise<void> => {
  const dialect = dialectOf(file.plan.cluster.scheduler);
  for (const job of doomed) {
    const record = store.records().get(job.id);
    if (!record?.name || record.nativeId !== undefined || isSettled(record)) continue;
    const nativeId = await lookUp(record.name, dialect, remote);
    const at = world.clock().toISOString();
    const { attempt } = record;
    if (nativeId !== undefined)
      store.append(job.id, `accepted:${attempt}`, at, { kind: 'submit-accepted', attempt, nativeId });
  }
};

const unconfirmed = (file: PlanFile, open: readonly PlannedJob[], said: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-S009',
      doing: `cancelling ${file.plan.run}`,
      said: said || 'the scheduler has not confirmed it yet',
      left: `not known to have ended: ${open.map(job => `${job.key.stage}-${job.key.segment}`).join(', ')}.`,
      hint: `martlet status ${file.plan.run}, then martlet cancel ${file.plan.run} again.`,
    },
    4,
  );

/**
 * Asks for the end of a run, or of one stage and what depends on it, last job first, and waits until the queue confirms it.
 * Throws Trouble (4) when some jobs are not known to have ended.
 */
export const cancel = async (run: string, stage: string | undefined, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const chosen = jobsOf(file, stage);
    if (chosen.length === 0) throw unknownStage(file, stage ?? '');
    const dialect = dialectOf(file.plan.cluster.scheduler);
    const remote = await world.remote(file.plan.cluster.name);
    const doomed = withDependents(chosen, file.plan.jobs).filter(job => !isSettled(store.records().get(job.id)));
    const at = world.clock().toISOString();
    for (const job of doomed)
      store.append(job.id, `cancel:${store.records().get(job.id)?.attempt ?? 0}`, at, {
        kind: 'cancel-requested',
        by: world.here.user,
      });
    await block(doomed, file, store, remote, world);
    let said = '';
    const told = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      // Answers of a walk that is still under way come in with each round.
      await askOnce(file, store, world);
      if (round % 4 === 0) await lookUpIds(doomed, file, store, remote, world);
      const records = store.records();
      const open = doomed.filter(job => !isSettled(records.get(job.id)));
      const ids = open
        .flatMap(job => records.get(job.id)?.nativeId ?? [])
        .filter(id => !told.has(id))
        .reverse();
      if (ids.length > 0) {
        const out = await remote.run(dialect.cancel(ids, {}));
        said = out.code === 0 ? said : out.stderr.trim();
        for (const id of ids) told.add(id);
      }
      if (open.length === 0) return snapshotOf(file, store, world);
      await world.sleep(PAUSE_MS);
    }
    const records = store.records();
    throw unconfirmed(
      file,
      doomed.filter(job => !isSettled(records.get(job.id))),
      said,
    );
  });
