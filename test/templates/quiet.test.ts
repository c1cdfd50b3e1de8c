import { describe, expect, test } from 'vitest';
import { type JobFolderOptions, jobFolder } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

/** What core_v0.19.0 printed on an H100 when a data loader was killed, and then nothing more. */
const LAST_WORDS = `
echo '[rank0]:     _error_if_any_worker_fails()'
echo '[rank0]: RuntimeError: DataLoader worker (pid 5371) is killed by signal: Killed. '`;
const HANG = "trap '' TERM; while :; do sleep 0.2; done";
const stallAfter =
  (stallSeconds: number): NonNullable<JobFolderOptions['job']> =>
  run => ({ program: { ...trainingJob(run).program, stallSeconds } });
const QUICK = { MARTLET_QUIET_LOOK_SECONDS: '0', MARTLET_FAILED_RANK_SECONDS: '1' };

describe.concurrent('a program that prints nothing any more', { timeout: 60_000 }, () => {
  test('is ended when a rank has failed with an exception that nobody caught, and the job fails with that said', async () => {
    const it = jobFolder({ torchrun: `save 10\n${LAST_WORDS}\n${HANG}` });
    const job = it.start(QUICK);
    expect((await job.ended).code).not.toBe(0);
    expect(it.notes('stall')).toEqual([expect.stringContaining('a rank has failed, and the others have waited')]);
    expect(it.read('cpt-1/A1/exit')).toMatch(/^1 \d+ failed\n$/);
    expect(it.notes('restart')).toEqual([]);
  });

  test('goes on for ever where a rank only wrote of an error that it caught', async () => {
    const it = jobFolder({ torchrun: `echo 'RuntimeError: caught'; echo '[rank0]: all is well'; sleep 4; save 100` });
    const job = it.start(QUICK);
    expect((await job.ended).code).toBe(0);
    expect(it.notes('stall')).toEqual([]);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('is ended after stall_after, and started again once: the second start makes what the first did not', async () => {
    const torchrun = `if [ "$(count)" = 1 ]; then ${HANG}; fi; save 100`;
    const it = jobFolder({ torchrun, job: stallAfter(2) });
    const job = it.start({ MARTLET_QUIET_LOOK_SECONDS: '0' });
    expect((await job.ended).code).toBe(0);
    expect(it.notes('stall')[0]).toMatch(/printed nothing for \d+ seconds \(stall_after\)/);
    expect(it.notes('restart')).toHaveLength(1);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
  });

  test('is left alone while it prints, however slowly, and without stall_after also when it does not', async () => {
    const slow = 'for i in 1 2 3 4 5; do echo $i; sleep 1; done; save 100';
    const printing = jobFolder({ torchrun: slow, job: stallAfter(3) });
    const silent = jobFolder({ torchrun: 'sleep 4; save 100' });
    const env = { MARTLET_QUIET_LOOK_SECONDS: '0' };
    const codes = await Promise.all([printing, silent].map(async it => (await it.start(env).ended).code));
    expect(codes).toEqual([0, 0]);
    for (const it of [printing, silent]) expect(it.notes('stall')).toEqual([]);
  });
});
