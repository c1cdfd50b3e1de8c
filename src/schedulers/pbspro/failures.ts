import type { HistoryRecord } from '../dialect.ts';
import { exitText, signalText } from '../ends.ts';
import type { Attributes } from './attributes.ts';
import { rawOf, seenOf } from './states.ts';

/** Negative Exit_status (pbs_error.h / job.h, JOB_EXEC_*; PBS Administrator's Guide, "Job Exit Status Codes"). */
const NEGATIVE: Readonly<Record<string, string>> = {
  '-1': 'it could not be started, before its files were there',
  '-2': 'it could not be started on its node (a missing home folder, for one)',
  '-3': 'it could not be started, and was to be tried again',
  '-4': 'its node was started anew while it ran',
  '-5': 'its node was started anew while it ran, from a checkpoint that cannot move',
  '-6': 'its node was started anew while it ran, from a checkpoint',
  '-7': 'it could not be restarted from its checkpoint',
  '-10': 'the user or group is not known on its node',
  '-11': 'it was put back into the queue',
  '-12': 'it was checkpointed and killed',
  '-13': 'its password was wrong',
  '-14': 'it could not be started on all of its nodes',
  '-15': 'it was put back into the queue, to go on from its checkpoint',
  '-16': 'a hook of the site refused it, and put it back into the queue',
  '-17': 'a hook of the site refused it, and deleted it',
  '-18': 'a hook of the site put it back into the queue',
  '-19': 'a hook of the site deleted it',
  '-20': 'its first node was lost',
  '-21': 'a folder of PBS on its node is not safe',
  '-22': 'a hook of the site failed',
  '-23': 'it had no Kerberos credential',
  '-24': 'it used more CPUs than it had (burst)',
  '-25': 'it used more CPUs than it had (in all)',
  '-26': 'it used more virtual memory than it had',
  '-27': 'it used more memory than it had',
  '-28': 'it used more CPU time than it had',
  '-29': 'it reached its walltime',
  '-30': 'its nodes could not be joined',
};

/** What the server puts at a comment's end (svr_setjob_histinfo), or a site's hook in its place: `job killed: vmem 192GB ...`. */
const EXCEEDED = /(?:and exceeded resource|job killed:) (\S+)/;
const TERMINATED = /and terminated(?: by (\S+))?/;

/** Substates of an end: 91 deleted, 92 finished or never run, 93 failed. */
const DELETED = '91';
const NOT_GOOD = '93';

const neverRan = (job: Attributes): string => {
  if (job.get('substate') === DELETED) return 'it was deleted before it ran';
  // A child that was let go loses its `depend`; one that was removed keeps it.
  if (job.get('depend')) return 'a job it waited for did not end as it had to, so PBS removed it';
  return 'PBS removed it before it ran';
};

const killed = (job: Attributes, signal: number): string => {
  const by = TERMINATED.exec(job.get('comment') ?? '');
  if (job.get('substate') !== DELETED && !by) return signalText(signal);
  return `it was deleted${by?.[1] ? ` by ${by[1]}` : ''}`;
};

/** An array's own Exit_status only tells of the element that ended last. */
const ofArray = (job: Attributes): string | undefined => {
  if (job.get('substate') === DELETED) return 'it was deleted';
  const isBad = job.get('substate') === NOT_GOOD || (job.get('Exit_status') ?? '0') !== '0';
  return isBad ? 'an element of the array failed' : undefined;
};

const failureOf = (job: Attributes): string | undefined => {
  if (job.get('array') === 'True') return ofArray(job);
  const exceeded = EXCEEDED.exec(job.get('comment') ?? '')?.[1];
  const exit = job.get('Exit_status');
  if (exit === undefined) return neverRan(job);
  if (NEGATIVE[exit]) return `Exit_status ${exit}: ${NEGATIVE[exit]}`;
  if (exceeded) return `Exit_status ${exit}: it used more ${exceeded} than it had`;
  const code = Number(exit);
  if (code === 0) return undefined;
  return `Exit_status ${exit}: ${code > 256 ? killed(job, code - 256) : code > 0 ? exitText(code) : 'unknown to us'}`;
};

/** Only a finished job has a record; what still waits, runs or ends is open, whatever Exit_status a last run left. */
export const recordOf = (job: Attributes): HistoryRecord => {
  const raw = rawOf(job);
  if (seenOf(job) !== 'ended') return { raw, open: true };
  const failure = failureOf(job);
  return failure === undefined ? { raw } : { raw, failure };
};
