import { describe, expect, test } from 'vitest';
import { jobFolder, until } from '../helpers/job-folder.ts';
import { trainingJob } from '../helpers/jobs.ts';

describe.concurrent('the exit file', { timeout: 30_000 }, () => {
  test('a program that made its last checkpoint ends as complete, and the diary tells it line by line', async () => {
    const it = jobFolder({ torchrun: 'save 100' });
    expect(await it.start().ended).toEqual({ code: 0, signal: null });
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 complete\n');
    const diary = it.diary();
    expect(diary.map(each => each.n)).toEqual(diary.map((_, i) => i + 1));
    expect(diary[0]).toMatchObject({ boot: 1, kind: 'started' });
    expect(diary.at(-1)).toMatchObject({ kind: 'exited', code: 0, outcome: 'complete' });
  });

  test('a job started again counts its boots, and does not start the program when all is made', async () => {
    const it = jobFolder({ torchrun: 'count; save 100' });
    await it.start().ended;
    await it.start().ended;
    expect(it.read('cpt-1/A1/boot')).toBe('2\n');
    expect(it.read('cpt-1/A1/exit')).toBe('2 0 complete\n');
    expect(it.read('checkpoints/starts.0')).toBe('x\n');
    expect(it.diary().map(each => each.n)).toEqual(it.diary().map((_, i) => i + 1));
  });

  test('code 0 with a newer checkpoint that is not the last one is a planned end: continue', async () => {
    const it = jobFolder({ torchrun: 'save 40' });
    expect((await it.start().ended).code).toBe(0);
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
  });

  test('code 0 with nothing made is a failure, because Megatron exits 0 on some errors', async () => {
    const it = jobFolder({ torchrun: 'exit 0' });
    it.save(40);
    expect((await it.start().ended).code).toBe(82);
    expect(it.read('cpt-1/A1/exit')).toBe('1 82 failed\n');
    expect(it.notes('preflight').at(-1)).toContain('step 40 of 100');
  });

  test.each([99, 100])(
    'code %i is kept in the exit file and not shown to Grid Engine, which would act on it',
    async code => {
      const it = jobFolder({ torchrun: `exit ${code}` });
      expect((await it.start().ended).code).toBe(1);
      expect(it.read('cpt-1/A1/exit')).toBe(`1 ${code} failed\n`);
    },
  );

  test('after SIGKILL there is none, and the next boot starts from its own', async () => {
    const it = jobFolder({ torchrun: 'if [ "$(count)" = 1 ]; then sleep 60; fi; save 100' });
    const first = it.start();
    await until(() => it.exists('checkpoints/starts.0'));
    process.kill(-first.pid, 'SIGKILL');
    await first.ended;
    expect(it.read('cpt-1/A1/exit')).toBeUndefined();
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('2 0 complete\n');
  });

  test('an old exit file is gone when a new boot begins', async () => {
    const it = jobFolder({ torchrun: 'sleep 60' });
    it.write('cpt-1/A1/exit', '1 1 failed\n');
    it.write('cpt-1/A1/boot', '1\n');
    it.start();
    await until(() => it.read('cpt-1/A1/boot') === '2\n' && !it.exists('cpt-1/A1/exit'));
  });

  test('a diary cut in the middle of a line by a kill swallows no later line', async () => {
    const it = jobFolder({ torchrun: 'save 100' });
    it.write('cpt-1/A1/events.jsonl', '{"n":1,"boot":1,"kind":"started","host":"a"}\n{"n":2,"bo');
    await it.start().ended;
    const lines = (it.read('cpt-1/A1/events.jsonl') ?? '').trimEnd().split('\n');
    expect(lines[1]).toBe('{"n":2,"bo');
    expect(lines.slice(2).map(line => JSON.parse(line).n)).toEqual(lines.slice(2).map((_, i) => i + 3));
  });

  test('the attempt is the last part of the own name; started by hand, the newest folder', async () => {
    const it = jobFolder({ torchrun: 'save 100' });
    it.write('cpt-1/A2/submit.rc', '0\n');
    it.write('cpt-1/A10/submit.rc', '0\n');
    await it.start({ PBS_JOBNAME: 'mt-demo-cpt-1-2' }).ended;
    await it.start({ PBS_JOBNAME: 'by-hand' }).ended;
    expect([it.read('cpt-1/A2/exit'), it.read('cpt-1/A10/exit')]).toEqual(['1 0 complete\n', '1 0 complete\n']);
    expect(it.exists('cpt-1/A1/exit')).toBe(false);
  });

  test('a file stage is complete when all its files are there, and says which one is missing', async () => {
    const it = jobFolder({
      torchrun:
        'mkdir -p "$SAVE/../../out"; cd "$SAVE/../../out"; echo 1 >"a b.idx"; if [ "$(count)" = 2 ]; then echo 2 >c.idx; fi',
      job: run => ({
        program: {
          ...trainingJob(run).program,
          made: { kind: 'files', paths: [`${run}/out/a b.idx`, `${run}/out/c.idx`] },
        },
      }),
    });
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('1 0 continue\n');
    await it.start().ended;
    expect(it.read('cpt-1/A1/exit')).toBe('2 0 complete\n');
  });
});
