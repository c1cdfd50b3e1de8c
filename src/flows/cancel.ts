import { attemptFolder } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { Tracked, TrackedJob } from '../plan/tracked.ts';
import type { Remote } from '../remote/remote.ts';
import type { JobRecord } from '../state/events.ts';
import type { Snapshot } from '../state/snapshot.ts';
import type { Store } from '../store/store.ts';
import { mayStartAgain } from './attempts.ts';
import { dialectOf, leastSeconds } from './dialects.ts';
import { ownIds } from './owners.ts';
import { isEnded, jobsOf, withRun } from './records.ts';
import { askOnce } from './round.ts';
import { snapshotOf } from './snapshot.ts';
import { readTemplate } from './templates.ts';
import { ASK_MS, settleLost } from './walk.ts';
import type { World } from './world.ts';

/**
 * A cancelled trainer may take its grace time to save, PBS gives up to 11 s between TERM and KILL and Slurm 30 s, and a walk
 * may still be waiting for an answer: it is confirmed within this time or not at all, seconds.
 */
const CONFIRM_SECONDS = 120;
/** A queue of our own says so at once; only the job's own grace time is waited for. */
const OWN_CONFIRM_SECONDS = 20;
/** Between two looks on a cluster: soon at first, because most jobs end at once. */
const PAUSE_SECONDS = [1, 2, 4, 8];

/** Nobody knows of an unsure job; a person who cancels it has looked, and says that it is not there. */
const isSettled = (record: JobRecord | undefined): boolean =>
  record === undefined || record.attempt === 0 || (isEnded(record) && record.state !== 'unsure');

/** Jobs below a cancelled one go with it: PBS would leave them held for ever, Grid Engine would start them. */
const withDependents = (jobs: readonly TrackedJob[], all: readonly TrackedJob[]): TrackedJob[] => {
  const chosen = new Set(jobs.map(job => job.id));
  for (const job of all) if (job.needs.some(need => chosen.has(need.job))) chosen.add(job.id);
  return all.filter(job => chosen.has(job.id));
};

const unknownStage = (file: Tracked, stage: string): Trouble =>
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

interface Cancelling {
  readonly file: Tracked;
  readonly store: Store;
  readonly remote: Remote;
  readonly doomed: readonly TrackedJob[];
}

/** One that its scheduler took back has ended, and will begin again. */
const isOpen = (job: TrackedJob, store: Store): boolean => {
  const record = store.record(job.id);
  return !isSettled(record) || (record !== undefined && mayStartAgain(record));
};

/** Attempts nobody has asked for are blocked, so that a walk that goes on alone never asks; they are over with that. */
const block = async ({ file, store, remote, doomed }: Cancelling, world: World): Promise<void> => {
  const unanswered = doomed.filter(job => store.record(job.id)?.nativeId === undefined);
  const folders = new Map(unanswered.map(job => [attemptFolder(job.key, store.record(job.id)?.attempt ?? 1), job]));
  if (folders.size === 0) return;
  const script = readTemplate(world, 'templates/look/block.sh');
  const out = await remote.run(['bash', '-s', '--', file.plan.runDir, ...folders.keys()], { stdin: script });
  for (const folder of out.stdout.split('\n')) {
    const job = folders.get(folder);
    const attempt = (job && store.record(job.id)?.attempt) ?? 1;
    const gone = { kind: 'queue-seen', attempt, seen: 'ended', raw: 'never asked for' } as const;
    if (job) store.append(job.id, `blocked:${attempt}`, world.clock().toISOString(), gone);
  }
};

/** Asked for, and the answer is not here yet: the queue is asked by name, because the walk may have been cut off. */
const lookUpIds = ({ file, store, remote, doomed }: Cancelling, world: World): Promise<string | undefined> => {
  const isLost = (job: TrackedJob): boolean => store.record(job.id)?.nativeId === undefined;
  const lost = doomed.filter(job => isOpen(job, store) && isLost(job));
  return settleLost(
    lost.map(job => ({ job, store })),
    file.plan.cluster,
    remote,
    world.clock,
  );
};

const unconfirmed = (file: Tracked, open: readonly TrackedJob[], said: string): Trouble =>
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

/** Tells the scheduler, last job first, so that no child starts because its parent went. Answers who was told, or why not. */
const tell = async (
  jobs: readonly TrackedJob[],
  cancelling: Cancelling,
  world: World,
): Promise<{ told: readonly string[]; said?: string | undefined }> => {
  const { file, remote } = cancelling;
  const { ids, trouble } = await ownIds(jobs, cancelling, world);
  if (ids.length === 0) return { told: [], said: trouble };
  const dialect = dialectOf(file.plan.cluster.scheduler);
  const words = dialect.cancel(ids.toReversed(), file.plan.cluster.options);
  const answer = dialect.readCancel(await remote.run(words, { timeoutMs: ASK_MS }));
  if (answer.kind === 'done') return { told: ids };
  // A refusal is about some of them (ended meanwhile); after a silence it is said again.
  return { told: answer.kind === 'trouble' ? [] : ids, said: answer.said };
};

const pauseOf = ({ plan: { cluster } }: Tracked, round: number): number => {
  const least = leastSeconds(cluster);
  if (dialectOf(cluster.scheduler).isOwn) return least;
  // A site's smallest interval is for questions that go on for ever; these end.
  return Math.min(Math.max(least, 1), PAUSE_SECONDS[round] ?? 8);
};

/** Until the queue confirms it. Answers what stood in the way, when the time is over before that. */
const untilConfirmed = async (cancelling: Cancelling, world: World): Promise<string | undefined> => {
  const { file, store, doomed } = cancelling;
  const told = new Set<string>();
  const limit = dialectOf(file.plan.cluster.scheduler).isOwn ? OWN_CONFIRM_SECONDS : CONFIRM_SECONDS;
  let [said, waited] = ['', 0];
  for (let round = 0; waited < limit; round += 1) {
    // Told before it is asked: a job that seems over for a moment may have been taken back, and would wait again untold.
    const open = doomed.filter(job => isOpen(job, store));
    const untold = open.filter(job => !told.has(store.record(job.id)?.nativeId ?? ''));
    const answer = await tell(untold, cancelling, world);
    for (const id of answer.told) told.add(id);
    // Answers of a walk that is still under way come in with each round.
    const { trouble } = await askOnce({ file, store }, world);
    if (round % 4 === 0) await lookUpIds(cancelling, world);
    if (!doomed.some(job => isOpen(job, store))) return undefined;
    said = trouble ?? answer.said ?? said;
    const seconds = pauseOf(file, round);
    waited += seconds;
    await world.sleep(seconds * 1000);
  }
  return said;
};

/**
 * Asks for the end of a run, or of one stage and what depends on it, last job first, and waits until the queue confirms it.
 * Throws Trouble (4) when some jobs are not known to have ended.
 */
export const cancel = async (run: string, stage: string | undefined, world: World): Promise<Snapshot> =>
  withRun(run, world, async (file, store) => {
    const chosen = jobsOf(file, stage);
    if (chosen.length === 0) throw unknownStage(file, stage ?? '');
    const remote = await world.remote(file.plan.cluster.name);
    const doomed = withDependents(chosen, file.plan.jobs).filter(job => isOpen(job, store));
    const cancelling = { file, store, remote, doomed };
    // An unsure job is over once it is cancelled, so the queue is asked once more before that: it may have it by now.
    if (doomed.some(job => store.record(job.id)?.state === 'unsure')) {
      const trouble = await lookUpIds(cancelling, world);
      if (trouble !== undefined) throw unconfirmed(file, doomed, trouble);
    }
    const at = world.clock().toISOString();
    store.atOnce(() => {
      for (const job of doomed) {
        const fact = `cancel:${store.record(job.id)?.attempt ?? 0}`;
        store.append(job.id, fact, at, { kind: 'cancel-requested', by: world.here.user });
      }
    });
    await block(cancelling, world);
    const said = await untilConfirmed(cancelling, world);
    if (said === undefined) return snapshotOf(file, store, world);
    const open = doomed.filter(job => isOpen(job, store));
    throw unconfirmed(file, open, said);
  });
