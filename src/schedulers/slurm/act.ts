import type { Output } from '../../model/output.ts';
import { said, silence } from '../answer.ts';
import type { ActAnswer, Dialect } from '../dialect.ts';
import { programPath } from '../words.ts';
import { ask } from './programs.ts';

export const cancel: Dialect['cancel'] = (nativeIds, options) =>
  ask(options, [programPath('scancel', options.bin), ...nativeIds]);

export const hold: Dialect['hold'] = (nativeIds, options) =>
  ask(options, [programPath('scontrol', options.bin), 'hold', nativeIds.join(',')]);

export const release: Dialect['release'] = (nativeIds, options) =>
  ask(options, [programPath('scontrol', options.bin), 'release', nativeIds.join(',')]);

/**
 * What slurmctld says of single jobs: not ours, ended, unknown, not waiting (slurm_errno.c). scancel's code for one that is
 * not ours is 210, in older versions 0; with the controller gone it is 8. Of unknown ids it says nothing and ends with 0.
 */
const OF_ONE_JOB =
  /Access\/permission denied|Invalid user id|Invalid job id specified|already completing or completed|Job has already finished|Job is no longer pending|Job is not pending nor running|Requested operation is presently disabled|Job\/step already/;

/** Lines that are no complaint: scancel -v, and scontrol of elements that went well beside others that did not. */
const NO_COMPLAINT = /^\s*$|^scancel: (?:Terminating|Signal)|: No error$/;

/** Refused only where every complaint is about a single job; one that is not may mean that nobody has heard it. */
const acted = (out: Output): ActAnswer => {
  const complaints = `${out.stderr}\n${out.stdout}`.split('\n').filter(line => !NO_COMPLAINT.test(line));
  const ofJobs = complaints.filter(line => OF_ONE_JOB.test(line));
  if (out.code === 0 && ofJobs.length === 0) return { kind: 'done' };
  const isRefused = out.code !== null && ofJobs.length > 0 && (out.code === 0 || ofJobs.length === complaints.length);
  return isRefused ? { kind: 'refused', said: said(out) } : silence(out);
};

export const readCancel: Dialect['readCancel'] = acted;
export const readAct: Dialect['readAct'] = acted;
