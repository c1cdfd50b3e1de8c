import { expect, test } from 'vitest';
import { untilSeen } from '../ask.ts';
import { type Bed, note, nthTry } from '../bed.ts';
import { accounted, tally } from '../count.ts';
import { dependenciesOf } from './dependencies.ts';
import { endsOf } from './ends.ts';
import { lifeOf } from './life.ts';
import { sshOf } from './ssh.ts';
import { troubleOf } from './trouble.ts';

/** Jobs that still wait or run when the tests are through would be counted too early. */
const settle = async (bed: Bed): Promise<void> => {
  const records = await accounted(bed);
  const ids = [...bed.expected.keys()].flatMap(name => records.get(name) ?? []);
  for (const id of ids) await untilSeen(bed, id, 'ended');
};

/** What every dialect must keep, whatever the scheduler. `base`: the beginning of the names of its jobs. */
export const dialectContract = (bed: Bed, base: string): void => {
  const tag = (): string => `${base}${nthTry()}`;
  endsOf(bed, tag);
  lifeOf(bed, tag);
  dependenciesOf(bed, tag);
  troubleOf(bed, tag);
  sshOf(bed, tag);

  test('at the end no job is lost and none doubled, by accounting and by the lines the jobs wrote', async context => {
    await settle(bed);
    const { lost, doubled } = await tally(bed);
    note(context, bed, { lost: lost.length, doubled: doubled.length });
    expect({ lost, doubled }).toEqual({ lost: [], doubled: [] });
  });
};
