import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Seen } from '../../../src/schedulers/dialect.ts';
import { act, cancelled, look, poll, untilRecorded, untilSeen, untilStarted, why } from '../ask.ts';
import { type Bed, note } from '../bed.ts';
import { send, sendAccepted } from '../jobs.ts';

const ORDER: readonly Seen[] = ['queued', 'starting', 'running', 'ending', 'ended'];

/** Each state once, in the order seen, until the job is over. */
const states = async (bed: Bed, id: string): Promise<Seen[]> => {
  const seen: Seen[] = [];
  while (seen.at(-1) !== 'ended') {
    const now = await look(bed, id);
    const word = now === 'gone' ? 'ended' : now.seen;
    if (word !== seen.at(-1)) seen.push(word);
    await pause(100);
  }
  return seen;
};

/** From the submit to the end, as the queue tells it. */
export const lifeOf = (bed: Bed, tag: () => string): void => {
  test('an accepted job waits, runs and ends, in this order, and starts once', async context => {
    note(context, bed);
    const id = await sendAccepted(bed, { name: `${tag()}-life`, does: 'sleep 5' });
    const seen = await states(bed, id);
    expect(seen).toContain('running');
    expect(seen).toEqual(ORDER.filter(each => seen.includes(each)));
    expect(await untilStarted(bed, `${tag()}-life`)).toBe(1);
  });

  test('a submit that the scheduler turns down is refused, and nothing is in the queue', async context => {
    note(context, bed);
    const { answer, out } = await send(bed, {
      name: `${tag()}-refused`,
      does: 'true',
      request: bed.refused,
      starts: 0,
    });
    expect(answer, JSON.stringify(out)).toMatchObject({ kind: 'refused' });
  });

  test('a job that no node can ever run waits, says why, is held, let go and cancelled, and never starts', async context => {
    note(context, bed);
    const name = `${tag()}-impossible`;
    const id = await sendAccepted(bed, { name, does: 'true', request: bed.impossible, starts: 0 });
    await untilSeen(bed, id, 'queued', 'stuck');
    const told = await why(bed, id);
    expect(told).toMatchObject({ kind: 'answered', waiting: { state: expect.stringMatching(/./) } });
    expect(await act(bed, 'hold', [id])).toMatchObject({ kind: 'done' });
    await untilSeen(bed, id, 'held');
    expect(await act(bed, 'release', [id])).toMatchObject({ kind: 'done' });
    await untilSeen(bed, id, 'queued', 'stuck');
    expect(await act(bed, 'cancel', [id])).toMatchObject({ kind: 'done' });
    await untilSeen(bed, id, 'ended');
    expect(await why(bed, id)).toMatchObject({ kind: 'unknown' });
  });

  test('a job that is sent held starts only when it is let go', async context => {
    note(context, bed);
    const name = `${tag()}-held`;
    const id = await sendAccepted(bed, { name, does: 'true', words: bed.heldWords });
    await untilSeen(bed, id, 'held');
    await pause(1500);
    expect(await look(bed, id)).toMatchObject({ seen: 'held' });
    await act(bed, 'release', [id]);
    expect(await untilStarted(bed, name)).toBe(1);
    await untilSeen(bed, id, 'ended');
  });

  test('a running job that is cancelled ends, and its record says so', async context => {
    note(context, bed);
    const name = `${tag()}-cancelled`;
    const id = await sendAccepted(bed, { name, does: 'sleep 300' });
    await untilStarted(bed, name);
    await untilSeen(bed, id, 'running');
    expect(await act(bed, 'cancel', [id])).toMatchObject({ kind: 'done' });
    await untilSeen(bed, id, 'ended');
    expect((await untilRecorded(bed, id)).failure).toMatch(/./);
  });

  test('what nobody knows is in no answer, harms nobody who is known, and is no trouble', async context => {
    note(context, bed);
    const id = await sendAccepted(bed, { name: `${tag()}-known`, does: 'sleep 60' });
    const nobody = bed.id === 'pbspro' ? '999999.pbs1' : '999999';
    const answer = await poll(bed, [nobody, id]);
    expect(answer.kind === 'answered' && [...answer.jobs.keys()]).toEqual([id]);
    const alone = await poll(bed, [nobody]);
    expect(alone.kind === 'answered' && alone.jobs.size).toBe(0);
    for (const wish of ['cancel', 'hold'] as const)
      expect(['done', 'refused'], wish).toContain((await act(bed, wish, [nobody])).kind);
    expect(await why(bed, nobody)).toMatchObject({ kind: 'unknown' });
    await untilStarted(bed, `${tag()}-known`);
    await cancelled(bed, id);
  });
};
