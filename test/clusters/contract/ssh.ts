import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTION_LOST } from '../../../src/remote/remote.ts';
import { shims } from '../../testbed/faults.ts';
import { cancelled, found, poll, record, until, untilSeen, untilStarted } from '../ask.ts';
import { type Alias, type Bed, note, overSsh } from '../bed.ts';
import { send, sendAccepted } from '../jobs.ts';

/** The same questions from a machine that is not the login node. */
export const sshOf = (bed: Bed, tag: () => string): void => {
  describe('over ssh', () => {
    const far = new Map<Alias, Bed>();
    const by = (alias: Alias): Bed => far.get(alias) ?? bed;
    beforeAll(async () => {
      for (const alias of ['mt-login-via-jump', 'mt-login-odd'] as const) far.set(alias, await overSsh(bed, alias));
    });
    afterEach(() => shims.clear(bed.shim));
    afterAll(async () => {
      for (const each of far.values()) await each.remote.close();
    });

    const WAYS: readonly (readonly [string, Alias])[] = [
      ['through a jump host', 'mt-login-via-jump'],
      ["from a session with a chatty shell, another country's locale and a clock that is wrong", 'mt-login-odd'],
    ];
    test.for(WAYS)('%s a job is sent, found, followed to its end and accounted for', async ([, alias], context) => {
      note(context, bed);
      const name = `${tag()}-${alias}`;
      const id = await sendAccepted(by(alias), { name, does: 'sleep 3' });
      expect(await found(by(alias), name)).toEqual([id]);
      await untilSeen(by(alias), id, 'running');
      await untilSeen(by(alias), id, 'ended');
      const ended = await until(
        () => record(by(alias), id),
        each => each !== undefined && each.open !== true,
        'it is accounted for',
      );
      expect(ended?.failure).toBeUndefined();
    });

    test('a line that breaks while a job is sent leaves none or one, and the next question tells which', async context => {
      note(context, bed, { faults: 2 });
      for (const when of ['before', 'after'] as const) {
        const name = `${tag()}-cut-${when}`;
        await shims.misbehave(bed.shim, bed.programs.submit, { kind: 'crash', when, times: 1 });
        const { answer, out } = await send(by('mt-login-via-jump'), {
          name,
          does: 'true',
          starts: when === 'after' ? 1 : 0,
        });
        expect(out.signal).toBe(CONNECTION_LOST);
        expect(answer).toMatchObject({ kind: 'unsure' });
        if (when === 'after') await untilStarted(bed, name);
        expect(await found(by('mt-login-via-jump'), name)).toHaveLength(when === 'after' ? 1 : 0);
      }
    });

    test('a line that breaks while the queue is asked moves nothing', async context => {
      note(context, bed, { faults: 1 });
      const id = await sendAccepted(by('mt-login-via-jump'), { name: `${tag()}-cut-poll`, does: 'sleep 60' });
      await untilSeen(by('mt-login-via-jump'), id, 'running');
      await shims.misbehave(bed.shim, bed.programs.poll, { kind: 'cut', when: 'before', times: 1 });
      expect(await poll(by('mt-login-via-jump'), [id])).toMatchObject({ kind: 'trouble' });
      await untilSeen(by('mt-login-via-jump'), id, 'running');
      await cancelled(by('mt-login-via-jump'), id);
    });

    test('many jobs are one question', async context => {
      note(context, bed);
      const ids: string[] = [];
      for (let i = 0; i < 5; i += 1)
        ids.push(await sendAccepted(by('mt-login-via-jump'), { name: `${tag()}-many-${i}`, does: 'sleep 2' }));
      const since = Date.now() / 1000;
      await poll(by('mt-login-via-jump'), ids);
      const asked = (await shims.asked()).filter(each => each.scheduler === bed.shim && each.time >= since);
      // 23 leaves all but the first job out of its JSON, so the plain form is asked too.
      const most = bed.version.startsWith('23.') ? 2 : 1;
      expect(asked.map(each => each.program)).toEqual(Array(most).fill(bed.programs.poll));
      for (const id of ids) await untilSeen(bed, id, 'ended');
    });
  });
};
