import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jobName } from '../../../src/model/job.ts';
import { LOST_ANSWER, shims } from '../../testbed/faults.ts';
import { type Bed, note } from '../bed.ts';
import { HOST, type Person, personWithData, submitWords } from './person.ts';
import { named } from './proof.ts';
import { standing, statesOf } from './standing.ts';

/** Longer than a minute each, because a lost answer is looked for so long; on one scheduler, whose searches can be made to fail. */
export const unsureSuite = (bed: Bed): void => {
  describe(`martlet over ssh on ${bed.id}, when nobody could say whether a job was sent`, () => {
    let person: Person;
    beforeAll(async () => {
      person = await personWithData(bed, named('unsure-data'));
    });
    afterEach(() => shims.clear(bed.shim));
    afterAll(() => person?.remove());

    const inQueue = async (run: string): Promise<string> => {
      const name = jobName({ run, stage: 'cpt', segment: 1 }, 1);
      const out = await bed.remote.run([`${bed.options.bin}/qselect`, '-N', name]);
      expect(out.code, out.stderr).toBe(0);
      return out.stdout.trim();
    };

    test('a cancel looks for it once more, finds it and ends it', async context => {
      const run = named('unsure');
      person.writeProfile(HOST, 'env: {MARTLET_TEST_SECONDS: 170}');
      await shims.misbehave(bed.shim, 'qsub', { kind: 'lost', code: 1, stderr: LOST_ANSWER[bed.shim], times: 1 });
      await shims.misbehave(bed.shim, 'qselect', { kind: 'answer', code: 1, stderr: 'qselect: not now\n' });
      const out = await person.martlet(...submitWords(run, '--stage', 'cpt'));
      expect(out.code, out.stdout + out.stderr).toBe(3);
      expect(out.stdout).toMatch(/cpt-1 +not known whether it was submitted/);
      const silent = await person.martlet('cancel', run, '--yes');
      expect([silent.code, silent.stderr], 'while nothing can be found, nothing is said to be over').toEqual([
        4,
        expect.stringContaining('not now'),
      ]);
      await shims.clear(bed.shim);
      expect(await inQueue(run)).not.toBe('');
      const cancelled = await person.martlet('cancel', run, '--yes');
      expect(cancelled.code, cancelled.stdout + cancelled.stderr).toBe(0);
      expect(await inQueue(run)).toBe('');
      expect(statesOf(await standing(person, run))['cpt-1']).toBe('cancelled');
      note(context, bed, { faults: 1 });
    });
  });
};
