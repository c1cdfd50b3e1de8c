import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { simForFile } from './sim.ts';

const sim = simForFile();

type Fate = 'runs' | 'deleted' | 'H for ever';

/** A child of a parent, by kind, as it stands once everything has happened. */
const fateOf = async (child: string): Promise<Fate | string> => {
  await pause(800);
  const job = (await sim.attributes(child)) ?? {};
  if (job.job_state === 'H' && job.substate === '22') return 'H for ever';
  const over = await sim.untilState(child, 'F');
  if (over.Exit_status === '0' && over.substate === '92' && over.depend === undefined) return 'runs';
  const hasNothing = over.Exit_status === undefined && over.stime === undefined && over.comment === undefined;
  return over.substate === '92' && hasNothing && over.depend !== undefined ? 'deleted' : JSON.stringify(over);
};

const child = (kind: string, parent: string): Promise<string> => sim.shell('exit 0', '-W', `depend=${kind}:${parent}`);

/** The parents of section 8: how each is made, and how it comes to its end. */
const held = (...words: string[]): Promise<string> => sim.shell('exit 0', '-h', ...words);
const PARENTS: Readonly<Record<string, { make: () => Promise<string>; end: (id: string) => Promise<unknown> }>> = {
  'ended with 0': { make: () => held(), end: id => sim.run('qrls', id) },
  'ended with 1': { make: () => sim.shell('exit 1', '-h'), end: id => sim.run('qrls', id) },
  'reached its walltime': {
    make: () => sim.shell('sleep 60', '-h', '-l', 'walltime=1'),
    end: id => sim.run('qrls', id),
  },
  'was deleted while it ran': {
    make: () => sim.shell('sleep 60'),
    end: async id => {
      await sim.until(id, job => job.substate === '42');
      await sim.run('qdel', id);
    },
  },
  'was deleted while it was held by its user': { make: () => held(), end: id => sim.run('qdel', id) },
  'was deleted while it waited in the queue': {
    make: async () => {
      await sim.set({ stopped: 'rt_HG' });
      return sim.shell('exit 0', '-q', 'rt_HG');
    },
    end: id => sim.run('qdel', id),
  },
  'was deleted while it waited for another': {
    make: async () => child('afterany', await held()),
    end: id => sim.run('qdel', id),
  },
};

/** Section 8, a row a parent. */
const ROWS: readonly (readonly [string, Readonly<Record<string, Fate>>])[] = [
  ['ended with 0', { afterok: 'runs', afternotok: 'deleted', afterany: 'runs' }],
  ['ended with 1', { afterok: 'deleted', afternotok: 'runs', afterany: 'runs' }],
  ['reached its walltime', { afterok: 'deleted', afternotok: 'runs', afterany: 'runs' }],
  ['was deleted while it ran', { afterok: 'deleted', afternotok: 'runs', afterany: 'runs' }],
  [
    'was deleted while it was held by its user',
    { afterok: 'H for ever', afternotok: 'H for ever', afterany: 'H for ever' },
  ],
  [
    'was deleted while it waited in the queue',
    { afterok: 'H for ever', afternotok: 'H for ever', afterany: 'H for ever' },
  ],
  ['was deleted while it waited for another', { afterok: 'deleted', afternotok: 'deleted', afterany: 'deleted' }],
];
test.each(ROWS)('children of a parent that %s', async (name, fates) => {
  const { make, end } = PARENTS[name] ?? PARENTS['ended with 0']!;
  const parent = await make();
  const children = new Map<string, string>();
  for (const kind of Object.keys(fates)) children.set(kind, await child(kind, parent));
  for (const id of children.values())
    expect(await sim.attributes(id)).toMatchObject({ job_state: 'H', substate: '22', Hold_Types: 's' });
  await end(parent);
  await sim.untilState(parent, 'F');
  const seen: Record<string, string> = {};
  for (const [kind, id] of children) seen[kind] = await fateOf(id);
  expect(seen).toEqual(fates);
});

/** A parent that had said its last word before the child was sent. */
const BEFORE: readonly (readonly [string, number, string, Fate])[] = [
  ['afterok of one that ended with 0', 0, 'afterok', 'runs'],
  ['afterany of one that ended with 0', 0, 'afterany', 'runs'],
  ['afterok of one that ended with 1', 1, 'afterok', 'deleted'],
  ['afternotok of one that ended with 1', 1, 'afternotok', 'runs'],
];
test.each(BEFORE)('a child sent after the end, %s, is accepted', async (_, code, kind, fate) => {
  const parent = await sim.shell(`exit ${code}`);
  await sim.untilState(parent, 'F');
  expect(await fateOf(await child(kind, parent))).toBe(fate);
});

test.each(['afterok', 'afterany'])('%s of an id that nobody knows is accepted, and over at once', async kind => {
  const said = await sim.run('qsub', '-W', `depend=${kind}:88888`, '--', '/bin/true');
  expect(said).toMatchObject({ code: 0, stderr: '' });
  expect(await fateOf(said.stdout.trim())).toBe('deleted');
});

test('a whole chain below a failed parent goes in the same moment', async () => {
  const first = await sim.shell('exit 1', '-h');
  const second = await child('afterok', first);
  const third = await child('afterany', second);
  await sim.run('qrls', first);
  await sim.untilState(first, 'F');
  expect([await fateOf(second), await fateOf(third)]).toEqual(['deleted', 'deleted']);
});

test('the attribute names servers at both ends, and the parent knows its children', async () => {
  const [a, b] = [await held(), await held()];
  const id = await sim.shell('exit 0', '-W', `depend=afterok:${a}:${b},afterany:${a.split('.')[0]}`);
  expect((await sim.attributes(id))?.depend).toBe(`afterok:${a}@pbs1:${b}@pbs1,afterany:${a}@pbs1`);
  expect((await sim.attributes(a))?.depend).toBe(`beforeok:${id}@pbs1,beforeany:${id}@pbs1`);
});

test('qrls of a job that is held for a dependency ends with 0 and changes nothing', async () => {
  const id = await child('afterany', await held());
  expect(await sim.run('qrls', id)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await sim.attributes(id)).toMatchObject({ job_state: 'H', substate: '22' });
});

test('qhold of a running job ends with 0, and it runs on with a hold', async () => {
  const id = await sim.shell('sleep 2');
  await sim.untilState(id, 'R');
  expect(await sim.run('qhold', id)).toMatchObject({ code: 0 });
  expect(await sim.attributes(id)).toMatchObject({ job_state: 'R', Hold_Types: 'u' });
  expect((await sim.untilState(id, 'F')).Exit_status).toBe('0');
});
