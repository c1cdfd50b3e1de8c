import { attemptFolder } from '../model/job.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import type { Dialect, SeenJob } from '../schedulers/dialect.ts';
import type { JobRecord } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';
import { ingest } from './ingest.ts';
import { look } from './look.ts';
import { isEnded, storedPlan } from './records.ts';
import type { World } from './world.ts';

/** look.sh answers with at most this many bytes of one log. */
const LOOK_LIMIT_BYTES = 4194304;

interface Active {
  readonly job: PlannedJob;
  readonly record: JobRecord;
  readonly folder: string;
}

/** What a round found out: `trouble` is set when the scheduler or the folder did not answer, and then nothing changed. */
export interface Round {
  readonly trouble?: string | undefined;
}

const active = (file: PlanFile, records: ReadonlyMap<string, JobRecord>): Active[] =>
  file.plan.jobs.flatMap(job => {
    const record = records.get(job.id);
    // Ended jobs are looked at once more by drain(); lost ones on every round, because an exit file may come late.
    if (!record || record.attempt === 0 || (isEnded(record) && record.state !== 'lost')) return [];
    return [{ job, record, folder: attemptFolder(job.key, record.attempt) }];
  });

/** Appended only when the queue says something else than last time; each change is a fact of its own. */
const noteSeen = (each: Active, seen: SeenJob, store: Store, at: string): void => {
  const { attempt } = each.record;
  const before = store.newestEvents(each.job.id, 'queue-seen', 1)[0];
  const said = before?.event.kind === 'queue-seen' ? before.event : undefined;
  if (said?.attempt === attempt && said.raw === seen.raw && said.seen === seen.seen) return;
  const event = { kind: 'queue-seen', attempt, seen: seen.seen, raw: seen.raw, reason: seen.reason } as const;
  store.append(each.job.id, `queue:${attempt}.${(before?.nth ?? 0) + 1}`, at, event);
};

/** Jobs the queue no longer knows: accounting's positive record of a bad end, else given up when grace is over. */
const settleGone = async (
  gone: readonly Active[],
  dialect: Dialect,
  remote: Remote,
  store: Store,
  now: Date,
): Promise<void> => {
  const ids = gone.flatMap(each => each.record.nativeId ?? []);
  if (ids.length === 0) return;
  const answer = dialect.readHistory(await remote.run(dialect.history(ids, {})), ids);
  if (answer.kind === 'trouble') return;
  const history = answer.records;
  const grace = dialect.graceSeconds * 1000;
  for (const each of gone) {
    const { attempt, boot, nativeId } = each.record;
    const found = history.get(nativeId ?? '');
    const since = store.newestEvents(each.job.id, 'queue-seen', 1)[0]?.at;
    if (since === undefined || now.getTime() - Date.parse(since) < grace) continue;
    if (found?.failure)
      store.append(each.job.id, `accounted:${attempt}.${boot}`, now.toISOString(), {
        kind: 'accounted',
        attempt,
        failure: found.failure,
        raw: found.raw,
      });
    // A record of an end that says nothing bad is no success either: only the exit file is.
    else
      store.append(each.job.id, `given-up:${attempt}.${boot}`, now.toISOString(), {
        kind: 'given-up',
        attempt,
        reason: found ? `${found.raw}, but no exit file` : 'gone from the queue, no exit file, no record',
      });
  }
};

/** What one question to the queue found out: jobs it no longer has, or why there was no answer. */
interface Polled {
  readonly gone: readonly Active[];
  readonly trouble?: string | undefined;
}

const pollQueue = async (
  jobs: readonly Active[],
  dialect: Dialect,
  remote: Remote,
  store: Store,
  at: string,
): Promise<Polled> => {
  const asked = jobs.filter(each => each.record.nativeId !== undefined);
  const ids = asked.flatMap(each => each.record.nativeId ?? []);
  if (ids.length === 0) return { gone: [] };
  const answer = dialect.readPoll(await remote.run(dialect.poll(ids, {})), ids);
  if (answer.kind !== 'answered') return { gone: [], trouble: answer.said };
  const gone = asked.filter(each => {
    const seen = answer.jobs.get(each.record.nativeId ?? '');
    noteSeen(each, seen ?? { seen: 'ended', raw: 'not in the queue' }, store, at);
    return !seen || seen.seen === 'ended';
  });
  return { gone };
};

const lookAt = async (
  jobs: readonly Active[],
  file: PlanFile,
  remote: Remote,
  store: Store,
  world: World,
): Promise<string | undefined> => {
  if (jobs.length === 0) return undefined;
  const script = readTemplate(world, 'templates/look/look.sh');
  const at = jobs.map(({ folder }) => ({
    folder,
    diaryByte: store.cursor(`${folder}/events.jsonl`),
    logByte: store.cursor(`${folder}/log.txt`),
  }));
  const looks = await look(remote, file.plan.runDir, script, at);
  if (!looks) return `the run's folder did not answer: ${file.plan.runDir}`;
  const behind: Active[] = [];
  for (const each of jobs) {
    const seen = looks.get(each.folder);
    if (seen)
      ingest(
        each.job,
        each.record.attempt,
        seen,
        dialectOf(file.plan.cluster.scheduler),
        store,
        world.clock().toISOString(),
      );
    if (seen && seen.log.length >= LOOK_LIMIT_BYTES) behind.push(each);
  }
  // An ended job is not looked at again, so its log is read to the end now.
  return lookAt(behind, file, remote, store, world);
};

export const readTemplate = (world: World, path: string): string =>
  Buffer.from(world.assets.read(world.assets.shipped(path)) ?? '').toString('utf8');

/** One round: the queue is asked once for all jobs, their folders are read once; what is new is appended to the log. */
export const askOnce = async (file: PlanFile, store: Store, world: World): Promise<Round> => {
  const remote = await world.remote(file.plan.cluster.name);
  const dialect = dialectOf(file.plan.cluster.scheduler);
  const jobs = active(file, store.records());
  const { gone, trouble } = await pollQueue(jobs, dialect, remote, store, world.clock().toISOString());
  // The folders are read after the queue: a job gone from the queue has written its exit file by then, if it ever will.
  const silent = await lookAt(jobs, file, remote, store, world);
  // A folder that did not answer may hold the exit file: not knowing is not an ending.
  if (silent === undefined) {
    const open = gone.filter(each => !isEnded(store.records().get(each.job.id)));
    await settleGone(open, dialect, remote, store, world.clock());
  }
  return { trouble: trouble ?? silent };
};

/** Opens a run, asks once, and hands both to the caller; the store is closed afterwards. */
export const withRun = async <T>(
  run: string,
  world: World,
  act: (file: PlanFile, store: Store) => Promise<T> | T,
): Promise<T> => {
  const file = storedPlan(run, world.runs);
  const store = world.runs.open(run);
  try {
    return await act(file, store);
  } finally {
    store.close();
  }
};
