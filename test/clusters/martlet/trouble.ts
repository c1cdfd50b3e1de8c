import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { LOST_ANSWER, shims } from '../../testbed/faults.ts';
import { type Bed, type BedId, note } from '../bed.ts';
import { HOST, newPerson, type Person, submitWords } from './person.ts';
import { allComplete, exitsOf, JOBS, named, prove } from './proof.ts';
import { standing, statesOf, until } from './standing.ts';

/** Jobs that are there to be looked at while something is wrong; longer than a client tries to reach a stopped controller. */
const LONGER = 'env: {MARTLET_TEST_SECONDS: 40}';

const LONG = 'env: {MARTLET_TEST_SECONDS: 12}';
/** The training alone; its data lies there since the first run. */
const TRAINING = JOBS.slice(1);
const STAGE = ['--stage', 'cpt'];

const EMPTY_ANSWER: Readonly<Record<BedId, { code: number; stdout: string }>> = {
  // What a client prints when its controller cannot be reached, with the code it really gives.
  slurm: { code: 1, stdout: '' },
  gridengine: { code: 1, stdout: '' },
  pbspro: {
    code: 255,
    stdout: '{\n    "timestamp":1795690000,\n    "pbs_version":"22.05.11",\n    "pbs_server":"pbs1"\n}',
  },
};

export const troubleSuite = (bed: Bed): void => {
  const { id } = bed;
  const clear = (): Promise<void> => shims.clear(bed.shim);
  describe(`martlet over ssh, with trouble on ${id}`, () => {
    let person: Person;
    beforeAll(async () => {
      person = await newPerson(bed, HOST);
      await submitted(named('first'));
      await allComplete(bed, [named('first')]);
    });
    afterEach(clear);
    afterAll(() => person?.remove());

    const submitted = async (run: string, ...more: readonly string[]): Promise<void> => {
      const out = await person.martlet(...submitWords(run, ...more));
      expect(out.code, `${run}: ${out.stdout}${out.stderr}`).toBe(0);
    };

    /** The launcher has done its part: a controller that is stopped before that fails the job, and rightly. */
    const begun = async (run: string): Promise<void> => {
      const log = `${bed.home}/runs/${run}/cpt-1/A1/log.txt`;
      await expect.poll(() => bed.remote.get(log), { timeout: 60_000, interval: 200 }).toContain('the engine begins');
    };

    /** Runs a fault while a job of one stage runs: its state must not move, and be true again two rounds later. */
    const whileRunning = async (
      run: string,
      lines: string,
      fault: () => Promise<void>,
      mend: () => Promise<void>,
    ): Promise<void> => {
      person.writeProfile(HOST, lines);
      await submitted(run, ...STAGE);
      await until(person, run, states => states['cpt-1'] === 'running');
      await begun(run);
      const before = await standing(person, run);
      await fault();
      try {
        const during = await standing(person, run);
        expect(during.trouble, 'nobody said that there was no answer').toBeTruthy();
        expect(statesOf(during)).toEqual(statesOf(before));
        const resumed = await person.martlet('resume', run);
        expect([resumed.code, resumed.stderr]).toEqual([3, expect.stringContaining('ended is not known')]);
      } finally {
        await mend();
      }
      await until(person, run, states => states['cpt-2'] === 'succeeded');
      await allComplete(bed, [run], TRAINING);
    };

    const proven = async (
      context: Parameters<typeof note>[0],
      runs: readonly string[],
      faults: number,
      jobs = JOBS,
    ) => {
      const { lost, doubled } = await prove(bed, runs, jobs);
      note(context, bed, { faults, lost: lost.length, doubled: doubled.length });
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
    };

    test('a pipeline whose training has two nodes runs each job once, and every job ends complete', async context => {
      person.writeProfile(HOST);
      await submitted(named('two-nodes'), '--set', 'stages.cpt.resources.gpus=16');
      await allComplete(bed, [named('two-nodes')]);
      await proven(context, [named('two-nodes')], 0);
    });

    test('an answer that was lost after the job was taken is found again, and the jobs behind it are sent', async context => {
      person.writeProfile(HOST);
      await shims.misbehave(bed.shim, bed.programs.submit, {
        kind: 'lost',
        code: 1,
        stderr: LOST_ANSWER[bed.shim],
        times: 1,
      });
      await submitted(named('lost-answer'));
      await allComplete(bed, [named('lost-answer')]);
      await proven(context, [named('lost-answer')], 1);
    });

    test('whoever asks is killed after the job was taken, and a second submit finds it', async context => {
      await shims.misbehave(bed.shim, bed.programs.submit, { kind: 'crash', when: 'after', times: 1 });
      await person.martlet(...submitWords(named('crashed')));
      await clear();
      await submitted(named('crashed'));
      await allComplete(bed, [named('crashed')]);
      await proven(context, [named('crashed')], 1);
    });

    test('a connection that breaks before or after the scheduler is asked costs one more submit and nothing else', async context => {
      for (const when of ['before', 'after'] as const) {
        await shims.misbehave(bed.shim, bed.programs.submit, { kind: 'cut', when, times: 1 });
        const cut = await person.martlet(...submitWords(named(`cut-${when}`)));
        expect([0, 3, 4], cut.stdout + cut.stderr).toContain(cut.code);
        await clear();
        await submitted(named(`cut-${when}`));
      }
      await allComplete(bed, [named('cut-before'), named('cut-after')]);
      await proven(context, [named('cut-before'), named('cut-after')], 2);
    });

    test('two martlets that submit one run at once send each job once', async context => {
      const [one, two] = await Promise.all([1, 2].map(() => person.martlet(...submitWords(named('both')))));
      expect([one?.code, two?.code], `${one?.stderr}${two?.stderr}`).toEqual([0, 0]);
      await allComplete(bed, [named('both')]);
      await proven(context, [named('both')], 1);
    });

    test('a job nobody has ever sent is refused by the scheduler in its own words, and nothing behind it is sent', async context => {
      await shims.misbehave(bed.shim, bed.programs.submit, { kind: 'answer', ...REFUSAL[id], times: 1 });
      const refused = await person.martlet(...submitWords(named('refused')));
      expect(refused.code, refused.stdout).toBe(3);
      expect(refused.stdout).toMatch(/refused: /);
      await clear();
      const again = await person.martlet('resume', named('refused'));
      expect(again.code, again.stdout + again.stderr).toBe(0);
      await until(person, named('refused'), states => Object.values(states).every(each => each === 'succeeded'));
      note(context, bed, { faults: 1 });
    });

    test('while its daemon is stopped no job moves, and after its restart all is known again', async context => {
      const { stopDaemon, startDaemon } = bed;
      await whileRunning(named('stopped-daemon'), LONGER, stopDaemon, startDaemon);
      await proven(context, [named('stopped-daemon')], 1, TRAINING);
    });

    test('an error or an empty document in the place of an answer moves no job', async context => {
      const { shim, programs } = bed;
      const answer = { kind: 'answer', stderr: 'something is wrong with us\n', ...EMPTY_ANSWER[id] } as const;
      await whileRunning(named('empty-answer'), LONG, () => shims.misbehave(shim, programs.poll, answer), clear);
      await proven(context, [named('empty-answer')], 1, TRAINING);
    });

    test('a cancel is confirmed by the queue, for what runs and for what waits, and its children go too', async context => {
      person.writeProfile(HOST, 'env: {MARTLET_TEST_SECONDS: 60}');
      await submitted(named('cancelled'), ...STAGE);
      await until(person, named('cancelled'), states => states['cpt-1'] === 'running');
      const out = await person.martlet('cancel', named('cancelled'), '--yes');
      expect(out.code, out.stdout + out.stderr).toBe(0);
      expect(statesOf(await standing(person, named('cancelled')))).toEqual({
        'cpt-1': 'cancelled',
        'cpt-2': 'cancelled',
      });
      note(context, bed, { faults: 1 });
    });

    test('an exit file that comes half a minute late is waited for', async context => {
      person.writeProfile(HOST, LONG);
      await submitted(named('late-file'), ...STAGE);
      await until(person, named('late-file'), states => states['cpt-1'] === 'running');
      const exit = `${bed.home}/runs/${named('late-file')}/cpt-1/A1/exit`;
      const hide = 'until [ -e "$1" ]; do sleep 0.02; done; mv "$1" "$1.late"';
      await bed.remote.run(['bash', '-c', hide, 'hide', exit], { timeoutMs: 60_000 });
      await until(person, named('late-file'), states => states['cpt-1'] === 'ending');
      await new Promise(resolve => setTimeout(resolve, 30_000));
      expect(statesOf(await standing(person, named('late-file')))['cpt-1']).toBe('ending');
      await bed.remote.run(['mv', `${exit}.late`, exit]);
      expect(statesOf(await standing(person, named('late-file')))['cpt-1']).toBe('succeeded');
      await allComplete(bed, [named('late-file')], TRAINING);
      await proven(context, [named('late-file')], 1, TRAINING);
    });

    test('a log that is cut while its job runs, and a log that is moved away, change nothing about the job', async context => {
      person.writeProfile(HOST, LONG);
      await submitted(named('cut-log'), ...STAGE);
      await until(person, named('cut-log'), states => states['cpt-1'] === 'running');
      const log = `${bed.home}/runs/${named('cut-log')}/cpt-1/A1/log.txt`;
      await bed.remote.run(['bash', '-c', ': >"$1"', 'cut', log]);
      expect(statesOf(await standing(person, named('cut-log')))['cpt-1']).toBe('running');
      await bed.remote.run(['mv', log, `${log}.1`]);
      expect(statesOf(await standing(person, named('cut-log')))['cpt-1']).toBe('running');
      await until(person, named('cut-log'), states => states['cpt-2'] === 'succeeded');
      await proven(context, [named('cut-log')], 2, TRAINING);
    });

    test('a store that was deleted is rebuilt from the folder on the cluster, and says the same', async context => {
      person.writeProfile(HOST);
      await submitted(named('adopted'));
      await allComplete(bed, [named('adopted')]);
      const before = statesOf(await standing(person, named('adopted')));
      rmSync(join(person.dir, 'state/martlet/runs'), { recursive: true });
      const out = await person.martlet('adopt', `${bed.home}/runs/${named('adopted')}`, '--cluster', 'bed');
      expect(out.code, out.stderr).toBe(0);
      expect(statesOf(await standing(person, named('adopted')))).toEqual(before);
      expect(before).toEqual({ 'prepare-1': 'succeeded', 'cpt-1': 'succeeded', 'cpt-2': 'succeeded' });
      expect((await exitsOf(bed)).get(`${named('adopted')}/cpt-1/A1`)).toBe('1 0 complete');
      await proven(context, [named('adopted')], 1);
    });
  });
};

const REFUSAL: Readonly<Record<BedId, { code: number; stderr: string }>> = {
  slurm: {
    code: 1,
    stderr: 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified\n',
  },
  gridengine: { code: 1, stderr: 'Unable to run job: job rejected: the requested queue does not exist.\nExiting.\n' },
  pbspro: { code: 170, stderr: 'qsub: Unknown queue\n' },
};
