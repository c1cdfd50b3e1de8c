import type { Output } from '../../model/output.ts';
import { said, silence } from '../answer.ts';
import type { ActAnswer, Dialect } from '../dialect.ts';
import { programPath } from '../words.ts';
import { ask } from './programs.ts';

/**
 * Good ids are done also when one of them is bad; the exit code is the bad one's. Not `-x`, which erases the record. A
 * running job stays R until its processes are gone, up to 11 s.
 */
export const cancel: Dialect['cancel'] = (nativeIds, options) =>
  ask(options, [programPath('qdel', options.bin), ...nativeIds]);

export const hold: Dialect['hold'] = (nativeIds, options) =>
  ask(options, [programPath('qhold', options.bin), ...nativeIds]);

export const release: Dialect['release'] = (nativeIds, options) =>
  ask(options, [programPath('qrls', options.bin), ...nativeIds]);

/** Of single jobs, by code or by text: ended, unknown, not ours, not in a state for it. All else (162: no server) is trouble. */
const CODES: ReadonlySet<number> = new Set([35, 153, 159, 168]);
const OF_ONE_JOB = /^q\w+: (?:Job has finished|Unknown Job Id|Unauthorized Request|Request invalid for state of job)/;

const acted = (out: Output): ActAnswer => {
  if (out.code === 0) return { kind: 'done' };
  const lines = out.stderr.split('\n').filter(line => line.trim() !== '');
  const isRefused = CODES.has(out.code ?? -1) || (lines.length > 0 && lines.every(line => OF_ONE_JOB.test(line)));
  return isRefused && out.code !== null ? { kind: 'refused', said: said(out) } : silence(out);
};

export const readCancel: Dialect['readCancel'] = acted;
export const readAct: Dialect['readAct'] = acted;
