import { elementsOf } from './array.ts';
import type { Core } from './lifecycle.ts';
import type { Answer, Call, Job } from './model.ts';
import { isOver, Refusal } from './model.ts';
import type { Mom } from './mom-client.ts';
import { findJob } from './qstat.ts';
import { rerun } from './tick.ts';
import { has, last, readWords, usage, type Words } from './words.ts';

/** Each id for itself: the good ones are done, and the exit code is that of the last bad one. */
const eachJob = async (call: Call, words: Words, act: (word: string) => void | Promise<void>): Promise<Answer> => {
  if (words.operands.length === 0) throw usage(call.program);
  const errors: Refusal[] = [];
  for (const word of words.operands)
    try {
      await act(word);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push(error);
    }
  return { code: errors.at(-1)?.code ?? 0, stderr: errors.map(each => each.message).join('') };
};

const mayTouch = (call: Call, job: Job): void => {
  if (call.uid !== 0 && job.uid !== call.uid)
    throw new Refusal(159, `${call.program}: Unauthorized Request  ${job.id}\n`);
};

const refuseOver = (call: Call, job: Job): void => {
  if (isOver(job)) throw new Refusal(35, `${call.program}: Job has finished ${job.id}\n`);
};

const wrongState = (call: Call, job: Job): Refusal =>
  new Refusal(168, `${call.program}: Request invalid for state of job ${job.id}\n`);

/** Section 7. `-x` also forgets the job at once. */
export const qdel = (call: Call, core: Core): Promise<Answer> => {
  const words = readWords('qdel', call.argv, 'W:x');
  const force = last(words, 'W') === 'force';
  const purge = (job: Job): void => {
    for (const each of [job, ...elementsOf(job, core.store.jobs)]) if (isOver(each)) core.store.remove(each.id);
  };
  return eachJob(call, words, word => {
    const job = findJob(core, 'qdel', word, true);
    mayTouch(call, job);
    if (isOver(job) && has(words, 'x')) return purge(job);
    refuseOver(call, job);
    if (job.state === 'E') throw wrongState(call, job);
    core.cancel(job, `${call.user}@${call.host}`, force);
    if (has(words, 'x')) purge(job);
  });
};

const holdOrRelease = (call: Call, core: Core, isHold: boolean): Promise<Answer> => {
  const words = readWords(call.program, call.argv, 'h:');
  return eachJob(call, words, word => {
    const job = findJob(core, call.program, word);
    mayTouch(call, job);
    refuseOver(call, job);
    if (isHold) core.hold(job, 'u');
    // A dependency's hold is not the user's to let go: the command says nothing, and nothing changes.
    else core.release(job, 'u');
  });
};
export const qhold = (call: Call, core: Core): Promise<Answer> => holdOrRelease(call, core, true);
export const qrls = (call: Call, core: Core): Promise<Answer> => holdOrRelease(call, core, false);

const SIGNALS = ['TERM', 'INT', 'KILL', 'HUP', 'USR1', 'USR2', 'CONT', 'STOP', 'QUIT', 'NULL'];

/** Every process of the session hears it, the login shell too: USR1 ends a script's job, whatever the script traps. */
export const qsig = (call: Call, core: Core, mom: Mom): Promise<Answer> => {
  const words = readWords('qsig', call.argv, 's:');
  const name = (last(words, 's') ?? 'TERM').replace(/^SIG/, '');
  return eachJob(call, words, async word => {
    const job = findJob(core, 'qsig', word);
    mayTouch(call, job);
    if (name === 'suspend' || name === 'resume') throw new Refusal(159, `qsig: Unauthorized Request  ${job.id}\n`);
    if (!SIGNALS.includes(name)) throw new Refusal(163, `qsig: Unknown/illegal signal name ${job.id}\n`);
    refuseOver(call, job);
    if (job.state !== 'R') throw wrongState(call, job);
    if (name !== 'NULL') await mom.tell({ verb: 'signal', id: job.id, signal: `SIG${name}` as NodeJS.Signals });
  });
};

/** An operator's command. */
export const qrerun = (call: Call, core: Core, mom: Mom): Promise<Answer> => {
  const words = readWords('qrerun', call.argv, 'W:');
  return eachJob(call, words, async word => {
    const job = findJob(core, 'qrerun', word);
    if (call.uid !== 0) throw new Refusal(159, `qrerun: Unauthorized Request  ${job.id}\n`);
    refuseOver(call, job);
    if (!job.rerunable) throw new Refusal(190, `qrerun: job is not rerunnable ${job.id}\n`);
    if (job.state !== 'R') throw wrongState(call, job);
    await rerun(core, mom, job);
  });
};

/** Section 16: ids, one a line; exit code 0 also when there are none. */
export const qselect = (call: Call, core: Core): Answer => {
  const words = readWords('qselect', call.argv, 'a:A:c:h:HJl:N:p:q:r:s:t:TP:xu:');
  if (words.operands.length > 0) throw usage('qselect');
  const [name, states, user, queue] = ['N', 's', 'u', 'q'].map(letter => last(words, letter));
  const wanted = [...core.store.jobs.values()]
    .filter(job => job.parent === undefined)
    .filter(job => (has(words, 'H') ? isOver(job) : has(words, 'x') || !isOver(job)))
    .filter(job => name === undefined || job.name === name)
    .filter(job => states === undefined || states.includes(job.state))
    .filter(job => user === undefined || user.split(',').includes(job.user))
    .filter(job => queue === undefined || job.queue === queue);
  return { code: 0, stdout: wanted.map(job => `${job.id}\n`).join('') };
};
