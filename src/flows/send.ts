import { attemptFolder, jobName, keyText } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile, PlannedJob } from '../plan/types.ts';
import type { Remote } from '../remote/remote.ts';
import { renderWalk } from '../render/walk.ts';
import type { Dialect, SubmitAnswer } from '../schedulers/dialect.ts';
import type { JobRecord } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { noteAnswered } from './answers.ts';
import { dialectOf } from './dialects.ts';
import { isEnded } from './records.ts';
import { templatesOf } from './templates.ts';
import { lookUp, readWalk } from './walk.ts';
import type { World } from './world.ts';

/** One attempt of a job that is to be sent. */
export interface Sending {
  readonly job: PlannedJob;
  readonly attempt: number;
}

export interface ApplyResult {
  readonly run: string;
  /** The run was known and unfinished, and was gone on with. */
  readonly continued: boolean;
  readonly submitted: readonly { readonly job: string; readonly attempt: number; readonly nativeId: string }[];
  /** Asked, no answer, not found: a person decides. Nothing after them was sent. */
  readonly undecided: readonly { readonly job: string; readonly reason: string }[];
  readonly refused: readonly { readonly job: string; readonly reason: string }[];
}

const folderOf = (each: Sending): string => attemptFolder(each.job.key, each.attempt);
const nameOf = (each: Sending): string => jobName(each.job.key, each.attempt);

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

const gone = (file: PlanFile, known: readonly string[]): Trouble =>
  new Trouble({
    code: 'MRT-S011',
    doing: `sending the jobs of ${file.plan.run}`,
    said: `its folder is gone (${file.plan.runDir}), but jobs were submitted from it: ${known.join(', ')}`,
    left: 'nothing was sent: what keeps a job from being asked for twice lay in that folder.',
    hint: `martlet cancel ${file.plan.run}, then martlet submit --again for a run of its own.`,
  });

/**
 * Without the run's folder nothing tells whether a job was asked for, so the log and the queue are asked: a job that is
 * known to either must not be sent from a new folder.
 */
const guardFolder = async (
  file: PlanFile,
  sendings: readonly Sending[],
  dialect: Dialect,
  remote: Remote,
  store: Store,
): Promise<void> => {
  if ((await remote.get(`${file.plan.runDir}/plan.json`)) !== undefined) return;
  const records = store.records();
  const known = file.plan.jobs.flatMap(job => records.get(job.id)?.nativeId ?? []);
  const announced = sendings.filter(each => records.get(each.job.id)?.attempt === each.attempt);
  for (const each of known.length > 0 ? [] : announced) {
    const nativeId = await lookUp(nameOf(each), dialect, remote);
    if (nativeId !== undefined) known.push(nativeId);
  }
  if (known.length > 0) throw gone(file, known);
};

/** The run's folder, all or nothing; one that is there already was put there by us, because the run id is in its name. */
const putFiles = async (file: PlanFile, remote: Remote): Promise<void> => {
  await remote.putNew(file.plan.runDir, file.files);
  const there = await remote.get(`${file.plan.runDir}/plan.json`);
  if (there !== undefined && there === file.files['plan.json']) return;
  throw new Trouble({
    code: 'MRT-S002',
    doing: `sending the files of ${file.plan.run}`,
    said:
      there === undefined
        ? `${file.plan.runDir} is there, but not its plan.json`
        : `${file.plan.runDir} holds another plan`,
    left: 'nothing was sent.',
    hint: 'submit again with --again for a run of its own.',
  });
};

const noteAnswer = async (
  each: Sending,
  answer: SubmitAnswer,
  dialect: Dialect,
  remote: Remote,
  store: Store,
  at: string,
): Promise<SubmitAnswer> => {
  const { attempt, job } = each;
  if (answer.kind === 'unsure') {
    const nativeId = await lookUp(nameOf(each), dialect, remote);
    if (nativeId === undefined) {
      store.append(job.id, `unsure:${attempt}`, at, { kind: 'submit-unsure', attempt, reason: answer.reason });
      return answer;
    }
    return noteAnswer(each, { kind: 'accepted', nativeId }, dialect, remote, store, at);
  }
  noteAnswered(job, attempt, answer, store, at);
  return answer;
};

/** The walk's text: which jobs, in which order, with which words. Equal input gives equal bytes, so it may be put again. */
const walkText = ({ plan }: PlanFile, sendings: readonly Sending[], store: Store, world: World): string =>
  renderWalk(
    sendings.map(each => ({
      folder: folderOf(each),
      name: nameOf(each),
      job: asSent(each, sendings, store.records()),
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

/**
 * Sends attempts: intents into the log, files, one walk on the far side, answers into the log. Killed at any instant and
 * started again with the same sendings it finishes exactly what was missing (G1).
 */
export const send = async (
  file: PlanFile,
  sendings: readonly Sending[],
  walkName: string,
  store: Store,
  world: World,
  continued: boolean,
): Promise<ApplyResult> => {
  const dialect = dialectOf(file.plan.cluster.scheduler);
  const remote = await world.remote(file.plan.cluster.name);
  const now = () => world.clock().toISOString();
  await guardFolder(file, sendings, dialect, remote, store);
  await putFiles(file, remote);
  noteIntents(sendings, store, now(), file.digest);
  await remote.putFile(`${file.plan.runDir}/${walkName}`, walkText(file, sendings, store, world));
  const out = await remote.run(['bash', `${file.plan.runDir}/${walkName}`], { cwd: file.plan.runDir });
  const { answers, whole } = readWalk(out, dialect);
  const result = {
    run: file.plan.run,
    continued,
    submitted: [] as { job: string; attempt: number; nativeId: string }[],
    undecided: [] as { job: string; reason: string }[],
    refused: [] as { job: string; reason: string }[],
  };
  for (const each of sendings) {
    const found = answers.find(({ folder }) => folder === folderOf(each));
    if (!found) continue;
    const answer = await noteAnswer(each, found.answer, dialect, remote, store, now());
    if (answer.kind === 'accepted')
      result.submitted.push({ job: keyText(each.job.key), attempt: each.attempt, nativeId: answer.nativeId });
    else
      (answer.kind === 'unsure' ? result.undecided : result.refused).push({
        job: keyText(each.job.key),
        reason: answer.reason,
      });
  }
  if (!whole) throw cutOff(file, out.stderr, result.submitted.length, sendings.length);
  return result;
};

const cutOff = (file: PlanFile, said: string, done: number, all: number): Trouble =>
  new Trouble(
    {
      code: 'MRT-S003',
      doing: `submitting the jobs of ${file.plan.run}`,
      said: said.trim() || 'the answer was cut off',
      left: `${done} of ${all} jobs are known to be submitted; the far side may have gone on alone.`,
      hint: `martlet submit again: it goes on with ${file.plan.run} and submits nothing twice.`,
    },
    done > 0 ? 4 : 3,
  );
