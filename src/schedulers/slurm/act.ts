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
 * What slurmctld says of single jobs: not ours, ended, unknown, not waiting (slurm_errno.c). scancel says nothing of unknown
 * ids and ends with 0; its code for one that is not ours is 210, with the controller gone 8.
 */
const OF_ONE_JOB =
  /Access\/permission denied|Invalid user id|Invalid job id specified|already completing or completed|Job has already finished|Job is no longer pending|Job is not pending nor running|Requested operation is presently disabled|Job\/step already/;

const complaints = (out: Output): string[] =>
  `${out.stderr}\n${out.stdout}`.split('\n').filter(line => /\S/.test(line));

/** Refused only where every line of complaint is about a single job; one that is not may mean that nobody has heard it. */
const acted = (out: Output): ActAnswer => {
  if (out.code === 0) return { kind: 'done' };
  const lines = complaints(out);
  const isRefused = out.code !== null && lines.length > 0 && lines.every(line => OF_ONE_JOB.test(line));
  return isRefused ? { kind: 'refused', said: said(out) } : silence(out);
};

export const readCancel: Dialect['readCancel'] = acted;
export const readAct: Dialect['readAct'] = acted;
