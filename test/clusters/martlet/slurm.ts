import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurm } from '../../testbed/faults.ts';
import { type Bed, note } from '../bed.ts';
import { HOST, type Person, personWithData, submitWords } from './person.ts';
import { allComplete, exitsOf, JOBS, named } from './proof.ts';
import { standing, statesOf, until } from './standing.ts';

/** Jobs that are there to be requeued and to lose their node. */
const LONG = 'env: {MARTLET_TEST_SECONDS: 12}';
const REQUEUE = 'dialect_options: {accounting: true, poll_min: 1s, requeue: true}';
const TRAINING = ['--stage', 'cpt'];

/** What only Slurm does by itself, or lets its owner do. */
export const slurmSuite = (bed: Bed): void => {
  describe('martlet over ssh, on a Slurm that starts jobs again and loses nodes', () => {
    const data = named('data');
    let person: Person;
    beforeAll(async () => {
      person = await personWithData(bed, data);
    });
    afterAll(() => person?.remove());

    const running = async (run: string): Promise<string> => {
      const out = await person.martlet(...submitWords(run, ...TRAINING, '--json'));
      expect(out.code, out.stdout + out.stderr).toBe(0);
      await until(person, run, states => states['cpt-1'] === 'running');
      const { submitted } = JSON.parse(out.stdout) as { submitted: { job: string; nativeId: string }[] };
      return submitted.find(each => each.job === `${run}/cpt/1`)?.nativeId ?? '';
    };

    test('a job that the scheduler starts again is the same attempt, in its second boot, and ends as one', async context => {
      const run = named('requeued');
      person.writeProfile(HOST, LONG, REQUEUE);
      const id = await running(run);
      const asked = await bed.remote.run(['/usr/bin/scontrol', 'requeue', id]);
      expect(asked.code, asked.stderr).toBe(0);
      await until(person, run, states => states['cpt-2'] === 'succeeded');
      const exits = await exitsOf(bed);
      expect(exits.get(`${run}/cpt-1/A1`)).toBe('2 0 complete');
      expect(statesOf(await standing(person, run))).toEqual({ 'cpt-1': 'succeeded', 'cpt-2': 'succeeded' });
      note(context, bed, { faults: 1 });
    });

    test('a job that the scheduler took back has not ended: a cancel ends it for good, and a resume waits for it', async context => {
      const run = named('taken-back');
      person.writeProfile(HOST, LONG, REQUEUE);
      const id = await running(run);
      const asked = await bed.remote.run(['/usr/bin/scontrol', 'requeue', id]);
      expect(asked.code, asked.stderr).toBe(0);
      const resumed = await person.martlet('resume', run);
      expect([resumed.code, resumed.stderr]).toEqual([3, expect.stringContaining('MRT-S005')]);
      const cancelled = await person.martlet('cancel', run, '--yes');
      expect(cancelled.code, cancelled.stdout + cancelled.stderr).toBe(0);
      const left = await bed.remote.run(['/usr/bin/squeue', '-h', '-j', id, '-t', 'PD,R,CF,S', '-o', '%T']);
      expect(left.stdout).toBe('');
      expect(statesOf(await standing(person, run))).toEqual({ 'cpt-1': 'cancelled', 'cpt-2': 'cancelled' });
      note(context, bed, { faults: 1 });
    });

    test('a job that lost its node has failed by the scheduler’s own record or ended by its own word, and a later job completes', async context => {
      const run = named('node-lost');
      person.writeProfile(HOST, LONG);
      const id = await running(run);
      const at = await bed.remote.run(['/usr/bin/squeue', '-h', '-j', id, '-o', '%N']);
      const node = at.stdout.trim();
      await slurm.downNode(node);
      try {
        // A job that heard of its end in time has saved and written "stopped" itself: then that counts, and not the record.
        const lost = await until(person, run, states => ['failed', 'cancelled'].includes(states['cpt-1'] ?? ''), 150);
        if (statesOf(lost)['cpt-1'] === 'failed') expect(JSON.stringify(lost)).toMatch(/NODE_FAIL|node/i);
        else expect(await bed.remote.get(`${bed.home}/runs/${run}/cpt-1/A1/exit`)).toMatch(/ stopped$/m);
      } finally {
        await slurm.resumeNode(node);
      }
      await until(person, run, states => !['queued', 'running', 'held', 'ending'].includes(states['cpt-2'] ?? ''));
      const again = await person.martlet('resume', run);
      expect([0, 3], again.stdout + again.stderr).toContain(again.code);
      await until(person, run, states => Object.values(states).includes('succeeded'));
      await allComplete(bed, [data], JOBS);
      note(context, bed, { faults: 1 });
    });
  });
};
