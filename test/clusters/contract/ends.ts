import { beforeAll, describe, expect, test } from 'vitest';
import { slurm } from '../../testbed/faults.ts';
import { found, history, untilRecorded, untilSeen, untilStarted } from '../ask.ts';
import { type Bed, note } from '../bed.ts';
import { sendAccepted } from '../jobs.ts';

/** A limit that strikes soon: Slurm's are whole minutes, so there it is moved by an operator. */
const sendTimedOut = async (bed: Bed, name: string): Promise<string> => {
  const walltimeSeconds = bed.id === 'slurm' ? 600 : 3;
  const id = await sendAccepted(bed, { name, does: 'sleep 300', request: { walltimeSeconds } });
  await untilStarted(bed, name);
  if (bed.id === 'slurm') await slurm.timeOut(id);
  return id;
};

/** How jobs end, as accounting tells it; all are sent at once, because some limits strike after half a minute. */
export const endsOf = (bed: Bed, tag: () => string): void => {
  describe('ends', () => {
    const ids: Record<string, string> = {};
    beforeAll(async () => {
      ids.timeout = await sendTimedOut(bed, `${tag()}-timeout`);
      ids.good = await sendAccepted(bed, { name: `${tag()}-good`, does: 'true' });
      ids.three = await sendAccepted(bed, { name: `${tag()}-three`, does: 'exit 3' });
      ids.killed = await sendAccepted(bed, { name: `${tag()}-killed`, does: 'kill -SEGV $$' });
    });

    test('a job that ended with 0 has a record without a failure', async context => {
      note(context, bed);
      const ended = await untilRecorded(bed, ids.good ?? '');
      expect(ended.failure, ended.raw).toBeUndefined();
    });

    test('a job that ended with 3 has a record that names the code', async context => {
      note(context, bed);
      expect((await untilRecorded(bed, ids.three ?? '')).failure).toMatch(/\b3\b/);
    });

    test('a job that a signal ended has a record that names the signal', async context => {
      note(context, bed);
      expect((await untilRecorded(bed, ids.killed ?? '')).failure).toMatch(/SIGSEGV|\b11\b|139/);
    });

    test('a job that reached its limit has a record that says so', async context => {
      note(context, bed);
      await untilSeen(bed, ids.timeout ?? '', 'ended');
      expect((await untilRecorded(bed, ids.timeout ?? '')).failure).toMatch(/limit|walltime|h_rt/i);
    });

    test('a job is found by its token while it runs and after its end, and another token is not', async context => {
      note(context, bed);
      const name = `${tag()}-token`;
      const id = await sendAccepted(bed, { name, does: 'sleep 2' });
      expect(await found(bed, name)).toEqual([id]);
      await untilRecorded(bed, id);
      expect(await found(bed, name)).toEqual([id]);
      expect(await found(bed, `${tag()}-toke`)).toEqual([]);
    });

    test('accounting is asked for many jobs at once, and knows nothing of an id that never was', async context => {
      note(context, bed);
      const asked = [ids.good ?? '', bed.id === 'pbspro' ? '999998.pbs1' : '999998', ids.three ?? ''];
      const answer = await history(bed, asked);
      expect(answer.kind === 'answered' && [...answer.records.keys()].sort()).toEqual([ids.good, ids.three].sort());
    });
  });
};
