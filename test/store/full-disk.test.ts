import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Trouble } from '../../src/model/trouble.ts';
import type { JobEvent } from '../../src/state/events.ts';
import { fold } from '../../src/state/fold.ts';
import { openShelf } from '../../src/store/shelf.ts';
import { type Disk, freshFolder, mayMount, smallDisk } from './disks.ts';
import { troubleFrom } from './facts.ts';

const AT = '2026-03-02T00:00:00.000Z';
const note = (i: number): JobEvent => ({
  kind: 'noted',
  attempt: 1,
  boot: 1,
  what: 'x',
  text: `${i} ${'y'.repeat(500)}`,
});
const canMount = mayMount();
const disks: Disk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.remove();
});
const disk = (size: string): Disk => {
  const made = smallDisk(size);
  if (!made) throw new Error('no disk');
  disks.push(made);
  return made;
};

describe.skipIf(!canMount)('on a real disk that is full', () => {
  it('an event that does not fit is not kept, those before it are, and with room again it goes on', () => {
    const { path } = disk('1m');
    const filler = join(path, 'filler');
    writeFileSync(filler, Buffer.alloc(500_000));
    const store = openShelf(path).open('r');
    let kept = 0;
    const facts = troubleFrom(() => {
      for (; kept < 5000; kept += 1) store.append('r/cpt/1', `f${kept}`, AT, note(kept));
    });
    expect(facts).toMatchObject({ code: 'MRT-W022', doing: 'writing the event log of r' });
    expect(facts.hint).toContain('make room');
    expect(kept).toBeGreaterThan(20);
    expect(store.events('r/cpt/1')).toHaveLength(kept);
    rmSync(filler);
    expect(store.append('r/cpt/1', 'again', AT, note(0))).toBe(true);
    expect(store.records().get('r/cpt/1')).toEqual(fold(store.events('r/cpt/1')));
    store.close();
    expect(openShelf(path).open('r').events()).toHaveLength(kept + 1);
  });

  it('a log that cannot even be made leaves nothing half-made', () => {
    const { path } = disk('64k');
    const shelf = openShelf(path);
    shelf.writePlan('r', 'text');
    writeFileSync(join(path, 'filler'), Buffer.alloc(40_000));
    expect(troubleFrom(() => shelf.open('r')).code).toBe('MRT-W022');
    expect(readdirSync(join(path, 'r'))).toEqual(['plan.json']);
  });

  it('a plan that does not fit leaves no plan and no rest of one', () => {
    const { path } = disk('64k');
    const shelf = openShelf(path);
    expect(troubleFrom(() => shelf.writePlan('r', 'x'.repeat(100_000)))).toMatchObject({
      code: 'MRT-W022',
      doing: 'storing the plan of r',
    });
    expect(shelf.list()).toEqual([]);
    expect(readdirSync(join(path, 'r'))).toEqual([]);
  });
});

it('a limit on the size of files counts as a full disk, and what was kept before is whole', () => {
  const path = freshFolder();
  const program = join(import.meta.dirname, 'append-until-trouble.ts');
  // ulimit -f counts blocks of 1024 bytes in bash; with XFSZ ignored a write fails with EFBIG instead of killing us.
  const out = spawnSync(
    'bash',
    ['-c', 'trap "" XFSZ; ulimit -f 300; exec "$@"', 'limit', process.execPath, program, path],
    { encoding: 'utf8' },
  );
  const { kept, code } = JSON.parse(out.stdout) as { kept: number; code: string };
  expect(code).toBe('MRT-W022');
  expect(openShelf(path).open('r').events()).toHaveLength(kept);
});

describe.skipIf(!canMount)('on a real disk that is read-only', () => {
  it('storing a plan and opening a log say so, and an existing plan can still be read', () => {
    const made = disk('2m');
    const shelf = openShelf(made.path);
    shelf.writePlan('r', 'text');
    shelf.open('r').close();
    made.makeReadOnly();
    expect(troubleFrom(() => shelf.writePlan('s', 'text'))).toMatchObject({
      code: 'MRT-W023',
      said: expect.stringMatching(/read-only/i),
    });
    expect(troubleFrom(() => shelf.open('s')).code).toBe('MRT-W023');
    expect(troubleFrom(() => shelf.open('r'))).toMatchObject({
      code: 'MRT-W023',
      hint: expect.stringContaining('XDG_STATE_HOME'),
    });
    expect(shelf.readPlan('r')).toBe('text');
    expect(shelf.list()).toEqual(['r']);
  });
});

it('a shelf below a file is trouble with the world, not a crash', () => {
  const path = join(freshFolder(), 'file');
  writeFileSync(path, '');
  const shelf = openShelf(join(path, 'runs'));
  expect(() => shelf.writePlan('r', 'text')).toThrow(Trouble);
  expect(() => shelf.open('r')).toThrow(Trouble);
  expect(readFileSync(path, 'utf8')).toBe('');
  expect(existsSync(join(path, 'runs'))).toBe(false);
});
