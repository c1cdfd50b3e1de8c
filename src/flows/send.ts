import { fullDisk } from '../model/disk-trouble.ts';
import { attemptFolder, keyText } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import { renderWalk } from '../render/walk.ts';
import type { SubmitAnswer } from '../schedulers/dialect.ts';
import type { JobRecord } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { noteAnswered } from './answers.ts';
import { dialectOf } from './dialects.ts';
import { putFiles } from './put.ts';
import { isEnded } from './records.ts';
import { folderOf, nameOf, type Sending } from './sending.ts';
import { templatesOf } from './templates.ts';
import { lookUp, readWalk } from './walk.ts';
import type { World } from './world.ts';

export interface ApplyResult {
  readonly run: string;
  /** The run was known and unfinished, and was gone on with. */
  readonly continued: boolean;
  readonly submitted: readonly { readonly job: string; readonly attempt: number; readonly nativeId: string }[];
  /** Asked, no answer, not found: a person decides. Nothing after them was sent. */
  readonly undecided: readonly { readonly job: string; readonly reason: string }[];
  readonly refused: readonly { readonly job: string; readonly reason: string }[];
}

/** Written before anything is sent, in order, so that a later start knows what may have been asked. */
const noteIntents = (sendings: readonly Sending[], store: Store, at: string, planDigest: string): void => {
  for (const each of sendings) {
    store.append(each.job.id, 'planned', at, { kind: 'planned', planDigest });
    store.append(each.job.id, `intended:${each.attempt}`, at, {
      kind: 'submit-intended',
      attempt: each.attempt,
      name: nameOf(each),
    });
  }
};

/** The walk's text: which jobs, in which order, with which words. Equal input gives equal bytes, so it may be put again. */
const walkText = ({ plan }: PlanFile, sendings: readonly Sending[], store: Store, world: World): string => {
  const records = store.records();
  return renderWalk(
    sendings.map(each => ({
      folder: folderOf(each),
      name: nameOf(each),
      job: asSent(each, sendings, records),
      known: knownId(each, records),
    })),
    {
      scheduler: plan.cluster.scheduler,
      runDir: plan.runDir,
      script: plan.rehearsal?.as === undefined ? 'job.sh' : 'as.sh',
      loginShell: plan.cluster.loginShell,
      group: plan.cluster.group,
    },
    templatesOf(world),
  );
};

/** The id of this very attempt, where the log has it: an answer that was lost and looked up is in no file over there. */
const knownId = ({ job, attempt }: Sending, records: ReadonlyMap<string, JobRecord>): string | undefined => {
  const record = records.get(job.id);
  return record?.attempt === attempt ? record.nativeId : undefined;
};

/**
 * Dependencies name the attempts sent in this walk, and parents of earlier ones that still wait or run. One already ended
 * is never named: Slurm runs or rejects the child, by version; the job itself checks it.
 */
const asSent = (each: Sending, sendings: readonly Sending[], records: ReadonlyMap<string, JobRecord>): PlannedJob => {
  const after = each.job.needs.flatMap(({ job: id, when }) => {
    const sent = sendings.find(other => other.job.id === id);
    if (sent) return [{ folder: folderOf(sent), when }];
    const record = records.get(id);
    const [, stage = '', segment = ''] = id.split('/');
    if (!record?.nativeId || isEnded(record)) return [];
    return [{ folder: attemptFolder({ stage, segment: Number(segment) }, record.attempt), when }];
  });
  return { ...each.job, request: { ...each.job.request, after, token: nameOf(each) } };
};

/** What is sent, and over what: the same through all rounds of one send. */
interface Errand {
  readonly file: PlanFile;
  readonly sendings: readonly Sending[];
  readonly store: Store;
  readonly remote: Remote;
  readonly world: World;
}

/** Seconds before each look for a lost answer: a controller that timed out may take a minute to show what it took. */
const LOOKS_SECONDS = [0, 5, 20, 40];
/** A queue of our own knows at once. */
const OWN_LOOKS_SECONDS = [0];

/** Looks lost answers up, several times; answers native ids by folder. */
const findLost = async (lost: readonly Sending[], { file, remote, world }: Errand): Promise<Map<string, string>> => {
  const { cluster } = file.plan;
  const found = new Map<string, string>();
  for (const seconds of dialectOf(cluster.scheduler).isOwn ? OWN_LOOKS_SECONDS : LOOKS_SECONDS) {
    const rest = lost.filter(each => !found.has(folderOf(each)));
    if (rest.length === 0) break;
    await world.sleep(seconds * 1000);
    const { ids } = await lookUp(rest.map(nameOf), cluster, remote);
    for (const each of rest) {
      const nativeId = ids.get(nameOf(each));
      if (nativeId !== undefined) found.set(folderOf(each), nativeId);
    }
  }
  return found;
};

/** What came of a walk: answers by folder, lost ones looked up. `cut`: it did not go through. `full`: there was no room over there. */
interface Walked {
  readonly answers: ReadonlyMap<string, SubmitAnswer>;
  readonly found: ReadonlyMap<string, string>;
  readonly cut?: string | undefined;
  readonly full: boolean;
}

/** Exit code of submit.sh when there was no room for an answer. */
const NO_ROOM = 73;

const walkOnce = async (walkName: string, errand: Errand): Promise<Walked> => {
  const { file, sendings, remote, store, world } = errand;
  const out = await remote.run(['bash', `${file.plan.runDir}/${walkName}`], { cwd: file.plan.runDir });
  const walk = readWalk(out, dialectOf(file.plan.cluster.scheduler));
  const answers = new Map(walk.answers.map(({ folder, answer }) => [folder, answer]));
  const lost = sendings.filter(each => answers.get(folderOf(each))?.kind === 'unsure');
  const found = await findLost(lost, errand);
  for (const [folder, nativeId] of found) answers.set(folder, { kind: 'accepted', nativeId });
  store.atOnce(() => {
    for (const each of sendings) noteAnswer(each, answers.get(folderOf(each)), store, world.clock().toISOString());
  });
  return {
    answers,
    found,
    full: out.code === NO_ROOM,
    ...(walk.whole ? {} : { cut: out.stderr.trim() || out.signal || 'the answer was cut off' }),
  };
};

const noteAnswer = ({ job, attempt }: Sending, answer: SubmitAnswer | undefined, store: Store, at: string): void => {
  if (!answer) return;
  if (answer.kind !== 'unsure') noteAnswered(job, attempt, answer, store, at);
  else store.append(job.id, `unsure:${attempt}`, at, { kind: 'submit-unsure', attempt, reason: answer.reason });
};

const resultOf = (
  answers: ReadonlyMap<string, SubmitAnswer>,
  { file, sendings }: Errand,
  continued: boolean,
): ApplyResult => {
  const told = sendings.flatMap(each => {
    const answer = answers.get(folderOf(each));
    return answer ? [{ job: keyText(each.job.key), attempt: each.attempt, answer }] : [];
  });
  const reasons = (kind: 'unsure' | 'refused') =>
    told.flatMap(({ job, answer }) => (answer.kind === kind ? [{ job, reason: answer.reason }] : []));
  const submitted = told.flatMap(({ job, attempt, answer }) =>
    answer.kind === 'accepted' ? [{ job, attempt, nativeId: answer.nativeId }] : [],
  );
  return { run: file.plan.run, continued, submitted, undecided: reasons('unsure'), refused: reasons('refused') };
};

/** Nothing is known to have gone wrong, and yet some have no answer. */
const isShort = (answers: ReadonlyMap<string, SubmitAnswer>, all: number): boolean =>
  answers.size < all && [...answers.values()].every(({ kind }) => kind === 'accepted');

/**
 * Sends attempts: files and walk in one stream, intents into the log, one walk on the far side, answers into the log. Killed
 * at any instant and started again with the same sendings it finishes exactly what was missing (G1). Where a lost answer was
 * found again, the walk goes on from there.
 */
export const send = async (
  file: PlanFile,
  sendings: readonly Sending[],
  walkName: string,
  store: Store,
  world: World,
  continued: boolean,
): Promise<ApplyResult> => {
  const remote = await world.remote(file.plan.cluster.name);
  const errand: Errand = { file, sendings, store, remote, world };
  const walkFile = { name: walkName, text: walkText(file, sendings, store, world) };
  await putFiles(file, sendings, walkFile, remote, store);
  noteIntents(sendings, store, world.clock().toISOString(), file.digest);
  let walk = await walkOnce(walkName, errand);
  // Answers were found again, and jobs behind them wait for their ids.
  while (walk.cut === undefined && walk.found.size > 0 && isShort(walk.answers, sendings.length)) {
    await remote.putFile(`${file.plan.runDir}/${walkName}`, walkText(file, sendings, store, world));
    walk = await walkOnce(walkName, errand);
  }
  const result = resultOf(walk.answers, errand, continued);
  const isSilent = walk.cut === undefined && isShort(walk.answers, sendings.length);
  if (isSilent) throw cutOff(file, 'some jobs were not asked for', result.submitted.length, sendings.length);
  if (walk.cut !== undefined && walk.full) throw noRoom(file, walk.cut);
  if (walk.cut !== undefined) throw cutOff(file, walk.cut, result.submitted.length, sendings.length);
  return result;
};

const noRoom = ({ plan }: PlanFile, said: string): Trouble =>
  fullDisk({ doing: `submitting the jobs of ${plan.run}`, path: plan.runDir, elsewhere: '' }, said);

const cutOff = (file: PlanFile, said: string, done: number, all: number): Trouble =>
  new Trouble(
    {
      code: 'MRT-S003',
      doing: `submitting the jobs of ${file.plan.run}`,
      said,
      left: `${done} of ${all} jobs are known to be submitted; the far side may have gone on alone.`,
      hint: `martlet submit again: it goes on with ${file.plan.run} and submits nothing twice.`,
    },
    done > 0 ? 4 : 3,
  );
