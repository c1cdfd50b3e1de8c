import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, mayMount, smallDisk } from '../store/disks.ts';
import { Local, pause } from './local.ts';

const TIMEOUT = 30_000;
const gone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 60 && existsSync(`/proc/${pid}`); i += 1) await pause(50);
  return !existsSync(`/proc/${pid}/exe`);
};

describe.skipIf(!mayMount())('on a real disk of its own', () => {
  let disk: Disk;
  let local: Local;
  beforeEach(() => {
    disk = smallDisk('1m') as Disk;
    local = new Local({ MARTLET_EMBEDDED_DIR: join(disk.path, 'queue') }, 'shared');
  });
  afterEach(async () => {
    const left = await local.try('poll');
    const ids = left.stdout
      .split('\n')
      .filter(Boolean)
      .map(line => (JSON.parse(line) as { id: string }).id);
    if (ids.length > 0) await local.try('cancel', ...ids);
    disk.remove();
  });

  it(
    'that fills up, a submit is refused for certain, and with room again the queue goes on where it was',
    async () => {
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_NAME" >>ran');
      await local.submit('--hold', '--name', 'before', script);
      const filler = join(disk.path, 'filler');
      try {
        writeFileSync(filler, Buffer.alloc(2_000_000));
      } catch {
        // Full is what we want.
      }
      const said = await local.try('submit', '--name', 'meanwhile', script);
      expect(said).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^martlet-local: refused: nothing was queued: .*(is full|ENOSPC)/),
      });
      rmSync(filler);
      expect(await local.do('find', 'meanwhile')).toEqual([]);
      await local.submit('--name', 'after', script);
      await local.do('release', '1');
      expect(await local.until('ended', '1', '2')).toEqual(['ended: exit 0', 'ended: exit 0']);
      expect(local.lines('ran').sort()).toEqual(['after', 'before']);
    },
    TIMEOUT,
  );

  it(
    'that is full when a job ends, its end is written down all the same',
    async () => {
      const id = await local.submit('--output', join(local.folder, 'out'), local.script('j.sh', 'sleep 1', 'exit 5'));
      await local.until('running', id);
      const filler = join(disk.path, 'filler');
      try {
        writeFileSync(filler, Buffer.alloc(2_000_000));
      } catch {
        // Full is what we want.
      }
      await pause(1500);
      rmSync(filler);
      expect(await local.until('ended', id)).toEqual(['ended: exit 5']);
    },
    TIMEOUT,
  );

  it(
    'that is read-only, every verb says so in a sentence',
    async () => {
      disk.makeReadOnly();
      for (const words of [['poll'], ['list']])
        expect(await local.try(...words)).toMatchObject({
          code: 3,
          stdout: '',
          stderr: expect.stringMatching(/^martlet-local: failed: .*read-only/i),
        });
      const said = await local.try('submit', local.script('j.sh'));
      expect(said).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^martlet-local: refused: nothing was queued: .*read-only/i),
      });
    },
    TIMEOUT,
  );
});

it(
  'a queue folder that is taken away takes its runner with it',
  async () => {
    const local = new Local();
    const id = await local.submit(local.script('j.sh', 'sleep 2'));
    await local.until('running', id);
    const runner = local.runnerPid() as number;
    rmSync(local.place, { recursive: true });
    expect(await gone(runner)).toBe(true);
  },
  TIMEOUT,
);

it(
  'a job whose spool folder was taken away is over, and so is what it left running',
  async () => {
    const local = new Local();
    const id = await local.submit(local.script('j.sh', 'echo $$ >>pids', 'sleep 60'));
    const [pid] = await local.untilLines('pids', 1);
    await local.until('running', id);
    rmSync(join(local.place, 'spool', id), { recursive: true });
    expect((await local.until('ended', id))[0]).toMatch(/NODE_FAIL/);
    expect(await gone(Number(pid))).toBe(true);
  },
  TIMEOUT,
);

it(
  'a queue that is broken is said to be broken, and left as it is',
  async () => {
    const local = new Local({}, 'shared');
    mkdirSync(local.place);
    writeFileSync(join(local.place, 'queue.db'), 'not a queue '.repeat(1000));
    expect(await local.try('poll')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^martlet-local: failed: .*queue\.db is no queue .*move the folder away/),
    });
    expect((await local.try('submit', local.script('j.sh'))).code).toBe(1);
    expect(readFileSync(join(local.place, 'queue.db'), 'utf8')).toBe('not a queue '.repeat(1000));
  },
  TIMEOUT,
);
