import type { Remote } from '../remote/remote.ts';
import type { Dialect, DialectOptions, PollAnswer, SeenJob } from '../schedulers/dialect.ts';
import type { JobRecord } from '../state/events.ts';
import { type Attempt, isWaiting, lookAt, openAttempts, recordNow } from './attempts.ts';
import { dialectOf } from './dialects.ts';
import { ingest } from './ingest.ts';
import { type Look, lookRound } from './look.ts';
import { isEnded, type OpenRun } from './records.ts';
import { settleGone, settleUnsure } from './settle.ts';
import { readTemplate } from './templates.ts';
import { ASK_MS } from './walk.ts';
import type { World } from './world.ts';

/** What a round found out of a run: `trouble` is set when the scheduler or its folder did not answer; what hangs on it did not change. */
export interface Round {
  readonly trouble?: string | undefined;
}

/** The same of several runs of one cluster. */
export interface ClusterRound extends Round {
  /** Runs whose own folder did not answer, each with a sentence; the others are not concerned. */
  readonly silent: ReadonlyMap<OpenRun, string>;
}

/** Whom a round asks, and in which words. */
export interface Asking {
  readonly dialect: Dialect;
  readonly options: DialectOptions;
  readonly remote: Remote;
  readonly world: World;
}

interface Seen {
  readonly attempt: Attempt;
  readonly look: Look;
}

/** What one command brought back. `silence`: it did not answer whole, and nothing of it counts. */
interface Heard {
  readonly polled?: PollAnswer | undefined;
  readonly seen: readonly Seen[];
  readonly silence?: string | undefined;
}

/** One wait for the disk a run, however many of its jobs have news. */
const byRunAtOnce = <T>(items: readonly T[], runOf: (item: T) => OpenRun, act: (item: T) => void): void => {
  for (const [run, own] of Map.groupBy(items, runOf)) run.store.atOnce(() => own.forEach(act));
};

const isNews = ({ seen, raw, reason }: SeenJob, { sighting }: JobRecord): boolean =>
  sighting?.raw !== raw || sighting.seen !== seen || sighting.reason !== reason;

/** Each change of what the queue says is a fact of its own. */
const noteSeen = ({ run, job, record }: Attempt, { seen, raw, reason }: SeenJob, at: string): void => {
  const { attempt, sighting } = record;
  const fact = `seen:${attempt}.${(sighting?.count ?? 0) + 1}`;
  run.store.append(job.id, fact, at, { kind: 'queue-seen', attempt, seen, raw, reason });
};

const GONE: SeenJob = { seen: 'ended', raw: 'not in the queue' };

/** What the queue said of attempts. */
interface Noted {
  /** It does not have these any more. */
  readonly gone: readonly Attempt[];
  /** Of these it said something else than last time. */
  readonly news: readonly Attempt[];
}

/** Notes what is new of what the queue says. */
const notePolled = (asked: readonly Attempt[], jobs: ReadonlyMap<string, SeenJob>, world: World): Noted => {
  const seenOf = (each: Attempt): SeenJob => jobs.get(each.record.nativeId ?? '') ?? GONE;
  const at = world.clock().toISOString();
  const news = asked.filter(each => isNews(seenOf(each), each.record));
  byRunAtOnce(
    news,
    each => each.run,
    each => noteSeen(each, seenOf(each), at),
  );
  return { gone: asked.filter(each => seenOf(each).seen === 'ended'), news };
};

const NOTHING: Noted = { gone: [], news: [] };

/** The plain form of the question, when the usual one came back broken. */
const askPlain = async (ids: readonly string[], garbled: string, asking: Asking): Promise<PollAnswer> => {
  const { dialect, options, remote } = asking;
  if (!dialect.pollPlain || !dialect.readPollPlain) return { kind: 'trouble', said: garbled };
  return dialect.readPollPlain(await remote.run(dialect.pollPlain(ids, options), { timeoutMs: ASK_MS }), ids);
};

/** One command: the question to the queue, where there are ids to ask for, and the folders of these attempts. */
const hear = async (ids: readonly string[], near: readonly Attempt[], asking: Asking): Promise<Heard> => {
  const { dialect, options, remote, world } = asking;
  const question = ids.length > 0 ? dialect.poll(ids, options) : [];
  const answer = await lookRound(remote, readTemplate(world, 'templates/look/round.sh'), question, near.map(lookAt));
  if ('silence' in answer) return { seen: [], silence: answer.silence };
  const seen = answer.looks.map((look, i) => ({ attempt: near[i] as Attempt, look }));
  const polled = answer.queue && dialect.readPoll(answer.queue, ids);
  return { seen, polled: polled?.kind === 'garbled' ? await askPlain(ids, polled.said, asking) : polled };
};

/** Into the logs with it; answers the attempts with a log so long unread that there is more. */
const takeIn = (seen: readonly Seen[], { dialect, world }: Asking): Attempt[] => {
  const at = world.clock().toISOString();
  byRunAtOnce(
    seen.filter(({ look }) => !look.silent),
    ({ attempt }) => attempt.run,
    ({ attempt: { run, job, record }, look }) => ingest(job, record.attempt, look, dialect, run.store, at),
  );
  return seen.filter(({ look }) => look.more.length > 0).map(({ attempt }) => attempt);
};

const silentRuns = (seen: readonly Seen[]): ReadonlyMap<OpenRun, string> =>
  new Map(
    seen
      .filter(({ look }) => look.silent)
      .map(({ attempt: { run } }) => [run, `the run's folder did not answer: ${run.file.plan.runDir}`]),
  );

/** Reads folders without asking the queue, each log to its end. */
const lookInto = async (attempts: readonly Attempt[], asking: Asking): Promise<ClusterRound> => {
  if (attempts.length === 0) return { silent: new Map() };
  const { seen, silence } = await hear([], attempts, asking);
  const behind = takeIn(seen, asking);
  if (silence !== undefined) return { trouble: silence, silent: new Map() };
  const rest = await lookInto(behind, asking);
  return { ...rest, silent: new Map([...silentRuns(seen), ...rest.silent]) };
};

/**
 * One round of a cluster: its queue is asked once for all jobs of these runs, and in the same command the folders that may
 * have news are read; those of jobs that the queue has just let go of, or let start, come in a second command. What is new
 * is appended to the logs.
 */
export const askCluster = async (runs: readonly OpenRun[], world: World): Promise<ClusterRound> => {
  const cluster = runs[0]?.file.plan.cluster;
  const attempts = runs.flatMap(run => openAttempts(run, world.clock()));
  if (!cluster || attempts.length === 0) return { silent: new Map() };
  const dialect = dialectOf(cluster.scheduler);
  const asking: Asking = { dialect, options: cluster.options, remote: await world.remote(cluster.name), world };
  const asked = attempts.filter(each => each.record.nativeId !== undefined);
  const near = attempts.filter(each => !isWaiting(each));
  const { polled, seen, silence } = await hear(
    asked.map(each => each.record.nativeId ?? ''),
    near,
    asking,
  );
  if (silence !== undefined) return { trouble: silence, silent: new Map() };
  const { gone, news } = polled?.kind === 'answered' ? notePolled(asked, polled.jobs, world) : NOTHING;
  const behind = takeIn(seen, asking);
  const moved = news.filter(each => isWaiting(each) && !isWaiting({ ...each, record: recordNow(each) }));
  const later = await lookInto([...behind, ...moved], asking);
  const silent = new Map([...silentRuns(seen), ...later.silent]);
  // A folder that did not answer may hold the exit file: not knowing is not an ending.
  const isOpen = (each: Attempt): boolean => !silent.has(each.run) && !isEnded(recordNow(each));
  const said = later.trouble ?? (await settleGone(gone.filter(isOpen), asking)) ?? (await settleUnsure(near, asking));
  return { trouble: polled?.kind === 'trouble' ? polled.said : said, silent };
};

/** One round for one run. */
export const askOnce = async (run: OpenRun, world: World): Promise<Round> => {
  const { trouble, silent } = await askCluster([run], world);
  return { trouble: trouble ?? silent.get(run) };
};
