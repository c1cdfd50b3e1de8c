import type { Output } from '../../model/output.ts';
import { submitAnswer } from '../answer.ts';
import type { Dialect } from '../dialect.ts';

/** `1051.pbs1`, and `1052[].pbs1` for an array; some servers leave their name out. */
export const idPattern = '^([0-9]+(\\[\\])?(\\.[A-Za-z0-9._-]+)?)$';

/**
 * Exit codes of a request that the server looked at and turned down: its error number modulo 256 (pbs_error.h). Its text may
 * be the one of an earlier failure, its code never is. 162 and 255 (no server) are not here: the request may have been sent.
 */
const TURNED_DOWN: ReadonlySet<number> = new Set([
  2, // usage: an option or its value, before anything was sent
  3, // array larger than allowed
  32, // a hook of the site refused it
  38, // limit on queued jobs
  154, // unknown attribute
  159, // not allowed
  166, // bad value
  170, // unknown queue
  173, // queue disabled
  175, // this user may not run jobs
  187, // unknown resource
  188, // over a limit of the queue
  190, // not rerunnable
]);

/** Exit code 1 is for what qsub itself finds before it asks anybody. */
const NEVER_ASKED =
  /^qsub: (?:script file|directive error|cannot send environment with the job|illegal |Cannot open|could not open|file must be an ascii script)/im;

const isRefused = (out: Output): boolean => {
  if (out.code === 1) return NEVER_ASKED.test(out.stderr);
  return out.code !== null && TURNED_DOWN.has(out.code) && /^(?:qsub|usage): /m.test(out.stderr);
};

export const readSubmit: Dialect['readSubmit'] = out => submitAnswer(out, { idPattern }, isRefused);
