import { attemptFolder } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { Tracked, TrackedJob } from '../plan/tracked.ts';
import type { JobRecord, JobState } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { jobsOf, withRun } from './records.ts';
import { snapshotOf } from './snapshot.ts';
import type { World } from './world.ts';

export interface LogPiece {
  readonly run: string;
  /** `run/stage/segment`. */
  readonly job: string;
  readonly attempt: number;
  readonly path: string;
  readonly text: string;
  readonly nextByte: number;
  /** The attempt has an exit file, or is known to be over: nothing more will come. */
  readonly ended: boolean;
  /** The same job's same attempt again, whatever begins in between. */
  readonly choice: LogChoice;
}

export interface LogChoice {
  readonly stage?: string | undefined;
  readonly segment?: number | undefined;
  readonly attempt?: number | undefined;
  /** One node's own log, counted from 0, instead of the merged one. */
  readonly node?: number | undefined;
  /** With `node`: whose boot's log it is; undefined: the newest. */
  readonly boot?: number | undefined;
}

export interface LogReading {
  readonly fromByte?: number | undefined;
  /** Ends at an end of line while more may come, so that no line and no character is cut in two. */
  readonly wholeLines?: boolean | undefined;
}

type Records = ReadonlyMap<string, JobRecord>;

/** Over for certain; a lost one may still write, and so may one that nobody knows was sent. */
const OVER: ReadonlySet<JobState | undefined> = new Set(['succeeded', 'failed', 'cancelled', 'refused']);
const BAD: ReadonlySet<JobState | undefined> = new Set(['failed', 'lost']);

/** Failed: the run, or of a run that goes on the stage that was asked for. */
const hasFailed = (file: Tracked, store: Store, stage: string | undefined, world: World): boolean => {
  const now = snapshotOf(file, store, world);
  const state = stage === undefined ? now.state : now.stages.find(each => each.name === stage)?.state;
  return state === 'failed';
};

const newestBegun = (jobs: readonly TrackedJob[], records: Records): TrackedJob | undefined => {
  const begun = jobs.flatMap(job => {
    const at = records.get(job.id)?.startedAt;
    return at === undefined ? [] : [{ job, at: Date.parse(at) }];
  });
  return begun.reduce<(typeof begun)[number] | undefined>((a, b) => (a && a.at > b.at ? a : b), undefined)?.job;
};

/** Where something failed, the job it began with: those behind it only say that they could not begin. */
const chosen = (file: Tracked, choice: LogChoice, store: Store, world: World): TrackedJob | undefined => {
  const records: Records = store.records();
  const sent = jobsOf(file, choice.stage, choice.segment).filter(job => (records.get(job.id)?.attempt ?? 0) > 0);
  if (sent.length <= 1) return sent[0];
  const failed = sent.find(job => BAD.has(records.get(job.id)?.state));
  if (failed && hasFailed(file, store, choice.stage, world)) return failed;
  return newestBegun(sent, records) ?? sent[0];
};

const noSuchJob = (run: string, file: Tracked): Trouble =>
  new Trouble(
    {
      code: 'MRT-U005',
      doing: `reading a log of ${run}`,
      said: 'no such job has been submitted',
      hint: `its jobs: ${file.plan.jobs.map(each => `${each.key.stage}/${each.key.segment}`).join(', ')}`,
    },
    2,
  );

/** Below an attempt's folder: the merged log, or one node's of a boot. With one node the merged one is its own. */
const fileOf = (job: TrackedJob, { node, boot = 1 }: LogChoice, file: Tracked): string => {
  if (node === undefined) return 'log.txt';
  const nodes = file.plan.stages.find(each => each.name === job.key.stage)?.nodes ?? 1;
  if (node >= nodes) throw noSuchNode(file, job, node, nodes);
  return nodes === 1 ? 'log.txt' : `nodes/${node}.${Math.max(1, boot)}.log`;
};

const noSuchNode = ({ plan }: Tracked, job: TrackedJob, node: number, nodes: number): Trouble =>
  new Trouble(
    {
      code: 'MRT-U005',
      doing: `reading a log of ${plan.run}`,
      said: `${job.key.stage}/${job.key.segment} has no node ${node}`,
      hint: nodes === 1 ? 'it has one node: 0' : `its nodes: 0 to ${nodes - 1}`,
    },
    2,
  );

/** Up to the last end of line; a progress bar's carriage return is one. Both bytes are no part of a longer character. */
const whole = (bytes: Buffer): Buffer => bytes.subarray(0, Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13)) + 1);

/** A job's log from a byte on: of the chosen job, else of the first that failed in a failed run, else of the newest begun. */
export const readLog = (
  run: string,
  choice: LogChoice,
  world: World,
  { fromByte = 0, wholeLines = false }: LogReading = {},
): Promise<LogPiece> =>
  withRun(run, world, async (file, store) => {
    const job = chosen(file, choice, store, world);
    if (!job) throw noSuchJob(run, file);
    const record = store.records().get(job.id);
    const attempt = choice.attempt ?? record?.attempt ?? 1;
    const folder = `${file.plan.runDir}/${attemptFolder(job.key, attempt)}`;
    const boot = choice.node === undefined ? undefined : (choice.boot ?? record?.boot);
    const path = `${folder}/${fileOf(job, { node: choice.node, boot }, file)}`;
    const remote = await world.remote(file.plan.cluster.name);
    // Asked before the log is read: what came before the end is then in it.
    const hasExit = (await remote.get(`${folder}/exit`)) !== undefined;
    const ended = hasExit || OVER.has(record?.state) || attempt !== record?.attempt;
    const out = await remote.run([
      'bash',
      '-c',
      'tail -c "+$(($2 + 1))" -- "$1" 2>/dev/null | base64',
      'tail',
      path,
      String(fromByte),
    ]);
    const all = Buffer.from(out.stdout, 'base64');
    const bytes = wholeLines && !ended ? whole(all) : all;
    return {
      run,
      job: job.id,
      attempt,
      path,
      text: bytes.toString('utf8'),
      nextByte: fromByte + bytes.length,
      ended,
      choice: { stage: job.key.stage, segment: job.key.segment, attempt, node: choice.node, boot },
    };
  });
