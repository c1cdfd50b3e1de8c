import { afterEach, describe, expect, test } from 'vitest';
import { LOST_ANSWER, type Misbehaviour, shims } from '../../testbed/faults.ts';
import {
  act,
  cancelled,
  find,
  found,
  history,
  look,
  poll,
  until,
  untilRecorded,
  untilSeen,
  untilStarted,
  why,
} from '../ask.ts';
import { type Bed, note } from '../bed.ts';
import { started } from '../count.ts';
import { send, sendAccepted } from '../jobs.ts';

/** The other side does not answer, or not as it should: nothing moves, and nothing is sent twice. */
export const troubleOf = (bed: Bed, tag: () => string): void => {
  describe('trouble', () => {
    afterEach(() => shims.clear(bed.shim));

    test('while the scheduler is stopped every question is trouble, no state moves, and jobs run on', async context => {
      note(context, bed, { faults: 1 });
      const name = `${tag()}-through`;
      const id = await sendAccepted(bed, { name, does: 'sleep 10; echo over >over' });
      await untilSeen(bed, id, 'running');
      await bed.stopDaemon();
      try {
        expect(await poll(bed, [id])).toMatchObject({ kind: 'trouble' });
        expect(await find(bed, [name])).toMatchObject({ kind: 'trouble' });
        expect(await why(bed, id)).toMatchObject({ kind: 'trouble' });
        expect(await act(bed, 'cancel', [id])).toMatchObject({ kind: 'trouble' });
        // Slurm's accounting is a daemon of its own and may answer; an end it cannot know of yet.
        const told = await history(bed, [id]);
        expect(told.kind === 'trouble' || told.records.get(id)?.open !== undefined, JSON.stringify(told)).toBe(true);
        const { answer } = await send(bed, { name: `${tag()}-unheard`, does: 'true', starts: 0 });
        expect(answer).not.toMatchObject({ kind: 'accepted' });
      } finally {
        await bed.startDaemon();
      }
      await until(
        () => poll(bed, [id]),
        answer => answer.kind === 'answered',
        'it answers again',
      );
      await untilSeen(bed, id, 'ended');
      expect((await untilRecorded(bed, id)).failure).toBeUndefined();
      expect((await started(bed)).get(name)).toBe(1);
    });

    test('a submit whose answer is lost is unsure, and the job is found by its token', async context => {
      note(context, bed, { faults: 1 });
      const name = `${tag()}-lost`;
      await shims.misbehave(bed.shim, bed.programs.submit, {
        kind: 'lost',
        code: bed.id === 'pbspro' ? 254 : 1,
        stderr: LOST_ANSWER[bed.shim],
        times: 1,
      });
      const { answer, out } = await send(bed, { name, does: 'sleep 2' });
      expect(answer, JSON.stringify(out)).toMatchObject({ kind: 'unsure' });
      const ids = await until(
        () => found(bed, name),
        each => each.length > 0,
        'it is found',
      );
      expect(ids).toHaveLength(1);
      await untilStarted(bed, name);
      await untilSeen(bed, ids[0] ?? '', 'ended');
    });

    test('a submit that dies before its answer is unsure, whether it had asked or not', async context => {
      note(context, bed, { faults: 2 });
      for (const when of ['before', 'after'] as const) {
        const name = `${tag()}-dies-${when}`;
        await shims.misbehave(bed.shim, bed.programs.submit, { kind: 'crash', when, times: 1 });
        const { answer } = await send(bed, { name, does: 'true', starts: when === 'after' ? 1 : 0 });
        expect(answer).toMatchObject({ kind: 'unsure' });
        if (when === 'after') await untilStarted(bed, name);
        expect(await found(bed, name)).toHaveLength(when === 'after' ? 1 : 0);
      }
    });

    test('a slow answer is an answer', async context => {
      note(context, bed, { faults: 1 });
      const id = await sendAccepted(bed, { name: `${tag()}-slow`, does: 'sleep 60' });
      await shims.misbehave(bed.shim, bed.programs.poll, { kind: 'slow', seconds: 2, times: 1 });
      const answer = await poll(bed, [id]);
      expect(answer.kind === 'answered' && answer.jobs.has(id)).toBe(true);
      await cancelled(bed, id);
    });

    const BAD_ANSWERS: readonly (readonly [string, Extract<Misbehaviour, { kind: 'answer' }>])[] = [
      ['an error', { kind: 'answer', code: 1, stderr: 'error: something is wrong\n' }],
      [
        'an error with an empty list',
        { kind: 'answer', code: 255, stdout: '{"pbs_version":"22.05.11"}', stderr: 'gone\n' },
      ],
      ['nothing, and no error', { kind: 'answer', code: 0 }],
      ['half a document', { kind: 'answer', code: 0, stdout: '<?xml version="1.0"?><job_info><queue_info>' }],
    ];
    for (const [i, [title, fault]] of BAD_ANSWERS.entries())
      test(`${title} for an answer never says that a running job is gone`, async context => {
        note(context, bed, { faults: 1 });
        const id = await sendAccepted(bed, { name: `${tag()}-bad-${i}`, does: 'sleep 60' });
        await untilSeen(bed, id, 'running');
        await shims.misbehave(bed.shim, bed.programs.poll, { ...fault, times: 1 });
        const answer = await poll(bed, [id]);
        expect(answer.kind === 'trouble' || answer.jobs.has(id), JSON.stringify(answer)).toBe(true);
        await shims.clear(bed.shim);
        expect(await look(bed, id)).not.toBe('gone');
        await cancelled(bed, id);
      });
  });
};
