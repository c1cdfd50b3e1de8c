import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gridengine } from '../../testbed/faults.ts';
import { type Bed, note } from '../bed.ts';
import { HOST, type Person, personWithData, submitWords } from './person.ts';
import { named } from './proof.ts';
import { standing, statesOf, until } from './standing.ts';

/** What only Grid Engine's files let a test do: its next id is a number in one of them. */
export const gridengineSuite = (bed: Bed): void => {
  describe('martlet over ssh, on a Grid Engine that counts from the beginning again', () => {
    let person: Person;
    beforeAll(async () => {
      person = await personWithData(bed, named('data'));
    });
    afterAll(() => person?.remove());

    const qsub = async (...words: readonly string[]): Promise<string> => {
      const out = await bed.remote.run([
        'qsub',
        '-terse',
        '-l',
        'node_o=1',
        '-b',
        'y',
        '-o',
        '/dev/null',
        '-e',
        '/dev/null',
        ...words,
      ]);
      expect(out.code, out.stderr).toBe(0);
      return out.stdout.trim();
    };

    const withNextId = async (id: number): Promise<void> => {
      await gridengine.killMaster();
      await gridengine.nextId(String(id));
      await gridengine.startMaster();
    };

    const inQueue = async (id: string): Promise<boolean> => (await bed.remote.run(['qstat', '-j', id])).code === 0;

    test('an id that was given away is nobody’s to cancel: the stranger runs on, and our job is over', async context => {
      const run = named('reused');
      person.writeProfile(HOST, 'env: {MARTLET_TEST_SECONDS: 60}');
      const out = await person.martlet(...submitWords(run, '--stage', 'cpt', '--json'));
      expect(out.code, out.stderr).toBe(0);
      const { submitted } = JSON.parse(out.stdout) as { submitted: { nativeId: string }[] };
      const ids = submitted.map(each => Number(each.nativeId));
      await until(person, run, states => states['cpt-1'] === 'running');
      // Everything of it goes, and its folder does not say how it ended, as after a crash of the whole machine.
      await bed.remote.run(['qdel', '-f', ...ids.toReversed().map(String)]);
      await expect.poll(() => inQueue(String(ids[0])), { timeout: 30_000 }).toBe(false);
      await bed.remote.run(['sh', '-c', 'sleep 3; rm -f "$1"/cpt-*/A1/exit', 'sh', `${bed.home}/runs/${run}`]);
      await withNextId(Math.min(...ids));
      try {
        const strangers = [
          await qsub('-N', 'stranger', '/bin/sleep', '90'),
          await qsub('-N', 'stranger', '/bin/sleep', '90'),
        ];
        expect(strangers.map(Number)).toEqual(ids.toSorted((a, b) => a - b));
        const cancelled = await person.martlet('cancel', run, '--yes');
        expect(cancelled.code, cancelled.stdout + cancelled.stderr).toBe(0);
        expect(statesOf(await standing(person, run))).toEqual({ 'cpt-1': 'cancelled', 'cpt-2': 'cancelled' });
        for (const id of strangers) expect(await inQueue(id), id).toBe(true);
        await bed.remote.run(['qdel', ...strangers]);
      } finally {
        await withNextId(Math.max(...ids) + 100);
      }
      note(context, bed, { faults: 1 });
    });
  });
};
