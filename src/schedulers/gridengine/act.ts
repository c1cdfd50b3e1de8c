import type { Output } from '../../model/output.ts';
import { asked, said, silence } from '../answer.ts';
import type { ActAnswer, Dialect, DialectOptions } from '../dialect.ts';
import { programPath } from '../words.ts';

const ask = (name: string, nativeIds: readonly string[], options: DialectOptions): readonly string[] =>
  asked(options, ['env', 'LC_ALL=C', programPath(name, options.bin), ...nativeIds]);

/** Without a queue's `notify` it kills at once; a lost host leaves the job in `dr` until the host is back. */
export const cancel: Dialect['cancel'] = (nativeIds, options) => ask('qdel', nativeIds, options);
export const hold: Dialect['hold'] = (nativeIds, options) => ask('qhold', nativeIds, options);
export const release: Dialect['release'] = (nativeIds, options) => ask('qrls', nativeIds, options);

/** Of single jobs, on stdout: unknown or ended, not ours, done already; and the good news among them. */
const OF_ONE_JOB =
  /^denied: job "\S+" does not exist|^The job \S+ of user\(s\) \S+ does not exist|do not have the necessary privileges|must be at least owner of job|must be (?:operator|manager)|is already in deletion|has (?:registered|deleted) (?:the )?job|^modified hold of job|^[.\s]*$/;

/** Refused only where every line is about a single job: with qmaster down there is one that is not. */
const acted = (out: Output): ActAnswer => {
  if (out.code === 0) return { kind: 'done' };
  const lines = `${out.stdout}\n${out.stderr}`.split('\n');
  const isRefused = out.code !== null && said(out) !== '' && lines.every(line => OF_ONE_JOB.test(line.trim()));
  return isRefused && lines.some(line => line.trim() !== '') ? { kind: 'refused', said: said(out) } : silence(out);
};

export const readCancel: Dialect['readCancel'] = acted;
export const readAct: Dialect['readAct'] = acted;
