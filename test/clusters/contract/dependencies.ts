import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Seen } from '../../../src/schedulers/dialect.ts';
import { act, found, look, until, untilRecorded, untilSeen, untilStarted } from '../ask.ts';
import { type Bed, note } from '../bed.ts';
import { started } from '../count.ts';
import { sendAccepted } from '../jobs.ts';

const word = async (bed: Bed, id: string): Promise<Seen> => {
  const now = await look(bed, id);
  return now === 'gone' ? 'ended' : now.seen;
};

/** What became of a child of a failed parent that wanted a good end: each scheduler has a way of its own. */
const UNMET: Readonly<Record<Bed['id'], Seen>> = {
  // DependencyNeverSatisfied, and cancelled by --kill-on-invalid-dep; without that word it would wait for ever.
  slurm: 'ended',
  // There is no afterok: it runs, and the job itself looks at its parent's exit file.
  gridengine: 'ended',
  // Removed at once, without having run.
  pbspro: 'ended',
};

export const dependenciesOf = (bed: Bed, tag: () => string): void => {
  test('a child waits for its parent, and runs after a good end', async context => {
    note(context, bed);
    const parent = await sendAccepted(bed, { name: `${tag()}-p1`, does: 'true', words: bed.heldWords });
    const child = await sendAccepted(bed, { name: `${tag()}-c1`, does: 'true', after: [{ id: parent, when: 'ok' }] });
    // GE and PBS call it held; Slurm PENDING, with a reason.
    expect(['held', 'queued']).toContain(await word(bed, child));
    expect((await started(bed)).get(`${tag()}-c1`)).toBeUndefined();
    await act(bed, 'release', [parent]);
    expect(await untilStarted(bed, `${tag()}-c1`)).toBe(1);
    expect(await word(bed, parent)).toBe('ended');
    await untilSeen(bed, child, 'ended');
  });

  test('after a bad end the child for any end runs, and the one for a good end does what this scheduler does', async context => {
    note(context, bed);
    const parent = await sendAccepted(bed, { name: `${tag()}-p2`, does: 'exit 1', words: bed.heldWords });
    const runsAnyway = bed.id === 'gridengine';
    const ok = await sendAccepted(bed, {
      name: `${tag()}-c2ok`,
      does: 'true',
      after: [{ id: parent, when: 'ok' }],
      starts: runsAnyway ? 1 : 0,
    });
    await sendAccepted(bed, { name: `${tag()}-c2any`, does: 'true', after: [{ id: parent, when: 'any' }] });
    await act(bed, 'release', [parent]);
    await untilStarted(bed, `${tag()}-c2any`);
    await untilSeen(bed, ok, UNMET[bed.id]);
    expect((await started(bed)).get(`${tag()}-c2ok`) ?? 0).toBe(runsAnyway ? 1 : 0);
    if (!runsAnyway) expect((await untilRecorded(bed, ok)).failure).toMatch(/./);
  });

  test('a child of a parent that was cancelled before it ran waits for ever on PBS and runs elsewhere', async context => {
    note(context, bed);
    const parent = await sendAccepted(bed, { name: `${tag()}-p3`, does: 'true', request: bed.impossible, starts: 0 });
    const isPbs = bed.id === 'pbspro';
    const child = await sendAccepted(bed, {
      name: `${tag()}-c3`,
      does: 'true',
      after: [{ id: parent, when: 'any' }],
      starts: isPbs ? 0 : 1,
    });
    await untilSeen(bed, parent, 'queued', 'stuck');
    expect(await act(bed, 'cancel', [parent])).toMatchObject({ kind: 'done' });
    if (!isPbs) return void (await untilStarted(bed, `${tag()}-c3`));
    await pause(2000);
    expect(await word(bed, child)).toBe('held');
    await act(bed, 'cancel', [child]);
    await untilSeen(bed, child, 'ended');
  });

  test('an array is one id, runs every index once, and has ended when the last one has', async context => {
    const words = bed.dialect.array({ first: 1, last: 3 });
    const index = bed.dialect.arrayIndexVar;
    context.skip(!words || !index, 'it has no arrays');
    note(context, bed);
    const name = `${tag()}-array`;
    const id = await sendAccepted(bed, {
      name,
      does: `echo "$${index}" >>'${bed.home}/${name}-indices'; sleep 1`,
      words: (words ?? []).map(each => each.map(part => ('lit' in part ? part.lit : '')).join('')),
      starts: 3,
    });
    await untilSeen(bed, id, 'running', 'ended');
    await untilStarted(bed, name, 3);
    await untilSeen(bed, id, 'ended');
    const indices = ((await bed.remote.get(`${bed.home}/${name}-indices`)) ?? '').split('\n').filter(Boolean).sort();
    expect(indices).toEqual(['1', '2', '3']);
    expect(
      await until(
        () => found(bed, name),
        ids => ids.length > 0,
        'it is found',
      ),
    ).toEqual([id]);
  });
};
