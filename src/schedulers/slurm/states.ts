import type { Seen } from '../dialect.ts';
import { explained } from './reasons.ts';

/**
 * Job states and state flags as squeue and sacct write them (slurm.schedmd.com/job_state_codes.html, squeue(1) of 22.05 to
 * 25.11). A flag stands in place of the state below it, so one that says nothing of that state is `unknown`.
 */
const SEEN: Readonly<Record<string, Seen>> = {
  PENDING: 'queued',
  REQUEUED: 'queued',
  REQUEUE_FED: 'queued',
  EXPEDITING: 'queued',
  REQUEUE_HOLD: 'held',
  RESV_DEL_HOLD: 'held',
  SPECIAL_EXIT: 'stuck', // requeued and held until somebody releases it
  CONFIGURING: 'starting',
  POWER_UP_NODE: 'starting',
  RUNNING: 'running',
  RESIZING: 'running',
  SIGNALING: 'running',
  SUSPENDED: 'suspended',
  STOPPED: 'suspended',
  COMPLETING: 'ending',
  STAGE_OUT: 'ending',
  COMPLETED: 'ended',
  CANCELLED: 'ended',
  FAILED: 'ended',
  TIMEOUT: 'ended',
  DEADLINE: 'ended',
  OUT_OF_MEMORY: 'ended',
  NODE_FAIL: 'ended',
  BOOT_FAIL: 'ended',
  PREEMPTED: 'ended',
  // Of a federation: the job may run elsewhere. And three flags over any state.
  REVOKED: 'unknown',
  LAUNCH_FAILED: 'unknown',
  RECONFIG_FAIL: 'unknown',
  UPDATE_DB: 'unknown',
};

/** `CANCELLED by 1001` without the person. */
export const stateWord = (state: string): string => state.trim().split(' ')[0] ?? '';

/** A waiting job is held or stuck where its reason says so. */
export const seenOf = (state: string, reason = ''): Seen => {
  const seen = SEEN[stateWord(state)] ?? 'unknown';
  return seen === 'queued' ? (explained(reason)?.seen ?? seen) : seen;
};
