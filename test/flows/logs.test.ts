import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readLog } from '../../src/flows/logs.ts';
import type { World } from '../../src/flows/world.ts';
import type { Outcome } from '../../src/model/job.ts';
import { localRemote } from '../../src/remote/local.ts';
import { openShelf } from '../../src/store/shelf.ts';
import { planOf, readingWorld } from '../helpers/planning.ts';

const dir = mkdtempSync(join(tmpdir(), 'martlet-logs-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A run of the 8B recipe whose jobs have begun at these minutes; `outcome`: they have ended, too. */
const makeRun = (run: string, begun: readonly { id: string; minute: number; outcome?: Outcome }[]) => {
  const plan = { ...planOf({ cluster: 'local', rehearse: true, run }).value, runDir: join(dir, run) };
  const runs = openShelf(join(dir, 'shelf'));
  runs.writePlan(run, JSON.stringify({ plan, files: {}, digest: run }));
  const store = runs.open(run);
  const job = (id: string): string => `${run}/${id}`;
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  for (const each of plan.jobs ?? []) {
    store.append(each.id, 'asked', at(0), { kind: 'submit-intended', attempt: 1, name: each.id });
    store.append(each.id, 'accepted', at(0), { kind: 'submit-accepted', attempt: 1, nativeId: each.id });
  }
  for (const { id, minute, outcome } of begun) {
    store.append(job(id), 'started', at(minute), { kind: 'started', attempt: 1, boot: 1, host: 'h' });
    if (!outcome) continue;
    const code = outcome === 'failed' ? 1 : 0;
    store.append(job(id), 'exit', at(minute), { kind: 'exited', attempt: 1, boot: 1, code, outcome });
  }
  store.close();
  const world: World = {
    ...readingWorld(),
    clock: () => new Date(Date.UTC(2026, 0, 2)),
    runs: runs as unknown as World['runs'],
    remote: async () => localRemote(),
  };
  return {
    log: (choice = {}, reading = {}) => readLog(run, choice, world, reading),
    write: (path: string, bytes: string | Uint8Array) => {
      mkdirSync(join(dir, run, path, '..'), { recursive: true });
      writeFileSync(join(dir, run, path), bytes);
    },
    ids: (plan.jobs ?? []).map(each => each.id.slice(run.length + 1)),
  };
};

test('of a failed run the log is that of the job that failed first, not of those that could not begin after it', async () => {
  const { ids } = makeRun('ids', []);
  const run = makeRun(
    'failed',
    ids.map((id, minute) => ({ id, minute, outcome: 'failed' })),
  );
  run.write('import-1/A1/log.txt', 'no such model\n');
  expect(await run.log()).toMatchObject({ job: 'failed/import/1', text: 'no such model\n', ended: true });
  expect((await run.log({ stage: 'cpt' })).job).toBe('failed/cpt/1');
  expect((await run.log({ stage: 'cpt', segment: 2 })).job).toBe('failed/cpt/2');
});

test('of a run that goes on it is the job that began last, though an earlier segment failed', async () => {
  const run = makeRun('going', [
    { id: 'prepare/1', minute: 1, outcome: 'complete' },
    { id: 'cpt/1', minute: 5, outcome: 'failed' },
    { id: 'cpt/2', minute: 9 },
  ]);
  run.write('cpt-2/A1/log.txt', 'here\n');
  expect(await run.log()).toMatchObject({ run: 'going', job: 'going/cpt/2', attempt: 1, text: 'here\n', ended: false });
  expect((await run.log({ stage: 'prepare' })).job).toBe('going/prepare/1');
});

test('a line that is being written is kept back until it has ended, and no character is broken', async () => {
  const run = makeRun('half', [{ id: 'cpt/1', minute: 1 }]);
  const bytes = Buffer.from('損失 1.25\n検証 ');
  run.write('cpt-1/A1/log.txt', bytes.subarray(0, bytes.length - 3));
  const first = await run.log({}, { wholeLines: true });
  expect(first.text).toBe('損失 1.25\n');
  run.write('cpt-1/A1/log.txt', Buffer.concat([bytes, Buffer.from('0.5')]));
  const { choice, nextByte } = first;
  expect(await run.log(choice, { fromByte: nextByte, wholeLines: true })).toMatchObject({ text: '', nextByte });
  run.write('cpt-1/A1/exit', '1 0 complete\n');
  expect((await run.log(choice, { fromByte: nextByte, wholeLines: true })).text).toBe('検証 0.5');
});

test('a log that is followed stays the same attempt, whatever begins meanwhile', async () => {
  const run = makeRun('pinned', [{ id: 'cpt/1', minute: 1 }]);
  const { choice } = await run.log();
  expect(choice).toEqual({ stage: 'cpt', segment: 1, attempt: 1 });
  makeRun('pinned', [{ id: 'cpt/2', minute: 2 }]);
  expect((await run.log()).job).toBe('pinned/cpt/2');
  expect((await run.log(choice)).job).toBe('pinned/cpt/1');
});

test('one node’s log is read by its number, of the newest boot, and a number that no node has is refused', async () => {
  const run = makeRun('nodes', [{ id: 'cpt/1', minute: 1 }]);
  run.write('cpt-1/A1/log.txt', 'all\n');
  run.write('cpt-1/A1/nodes/3.1.log', 'three\n');
  const piece = await run.log({ stage: 'cpt', node: 3 });
  expect(piece).toMatchObject({ text: 'three\n', choice: { node: 3, boot: 1 } });
  await expect(run.log({ stage: 'cpt', node: 4 })).rejects.toMatchObject({
    facts: { code: 'MRT-U005', said: 'cpt/1 has no node 4', hint: 'its nodes: 0 to 3' },
  });
  // With one node there is one log.
  expect((await run.log({ stage: 'prepare', node: 0 })).path).toMatch(/prepare-1\/A1\/log\.txt$/);
});

test('a job that was never sent has no log, and the jobs there are are named', async () => {
  const { log } = makeRun('none', []);
  await expect(log({ stage: 'sft' })).rejects.toMatchObject({ facts: { code: 'MRT-U005' }, exitCode: 2 });
});
