import type { Output } from '../../model/output.ts';
import { submitAnswer } from '../answer.ts';
import type { Dialect } from '../dialect.ts';

/**
 * -terse prints `42`; `42.1-10:1` for an array. A wrapper of the site may drop the option: `Your job-array 42.1-10:1 ("n") has
 * been submitted`, whose words the first brackets stand for, because the id has to be the first group.
 */
export const idPattern = '^[Yourjbay -]*([0-9]+)(\\.[0-9]+-[0-9]+:[0-9]+)?( [(]".*"[)] has been submitted)? *$';

/**
 * Behind `Unable to run job: `: what qmaster says when it turns a job down, and what qsub finds before it asks. A site's own
 * script (JSV) may answer with any text, which cannot be told from a lost answer, so only these count.
 */
const TURNED_DOWN = [
  /^job rejected/i,
  /^Job was rejected/,
  /^job \d+ (?:was )?rejected/,
  /^denied: /,
  /^unknown resource /,
  /^attribute ".*" is not a /,
  /not allowed in objectname/,
  /^(?:error: )?no suitable queues/,
  /^verification: /,
  /^JSV rejected/i,
  /^only \d+ jobs are allowed/,
];

const NOT_RUN = /^Unable to run job: (.*)$/m;

/** Codes 2 and 14: an option that qsub does not know, a script that it cannot read. 25: a limit on the number of jobs. */
const NEVER_ASKED = /^(?:qsub: |Unable to read script file)/m;

const isRefused = (out: Output): boolean => {
  const said = NOT_RUN.exec(out.stderr)?.[1];
  if (said !== undefined) return (out.code === 1 || out.code === 25) && TURNED_DOWN.some(text => text.test(said));
  return (out.code === 2 || out.code === 14) && NEVER_ASKED.test(out.stderr);
};

export const readSubmit: Dialect['readSubmit'] = out => submitAnswer(out, { idPattern }, isRefused);
