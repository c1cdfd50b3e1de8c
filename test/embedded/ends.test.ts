import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Local, pause } from './local.ts';

const TIMEOUT = 30_000;

/** Alive and not a zombie that nobody waits for. */
const isRunning = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
/** Processes that have this spool folder among their words: companions, and the timers beside them. */
const companionsOf = (spool: string): number[] =>
  readdirSync('/proc')
    .filter(each => /^[0-9]+$/.test(each) && wordsOf(each).includes(spool))
    .map(Number)
    .filter(isRunning);
const wordsOf = (pid: string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
};
const gone = async (pids: readonly number[]): Promise<boolean> => {
  for (let i = 0; i < 60 && pids.some(isRunning); i += 1) await pause(50);
  return !pids.some(isRunning);
};
const pids = (local: Local, count: number) => local.untilLines('pids', count).then(lines => lines.map(Number));

describe.concurrent('the walltime', () => {
  it(
    'ends a job with TERM, so that it can save, and says TIMEOUT',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const script = local.script('j.sh', "trap 'echo saved >>out; exit 0' TERM", 'while :; do sleep 0.1; done');
      const id = await local.submit('--walltime', '1', script);
      expect(await local.until('ended', id)).toEqual(['ended: TIMEOUT']);
      expect(local.lines('out')).toEqual(['saved']);
      expect((await local.history(id))[0]?.failure).toBe('TIMEOUT');
    },
    TIMEOUT,
  );

  it(
    'ends with KILL what ignores TERM, also children that left the process group',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const script = local.script(
        'j.sh',
        "trap '' TERM",
        'setsid bash -c \'trap "" TERM; echo $$ >>pids; while :; do sleep 1; done\' &',
        "(trap '' TERM; echo $BASHPID >>pids; while :; do sleep 1; done) &",
        'echo $$ >>pids',
        'while :; do sleep 1; done',
      );
      const id = await local.submit('--walltime', '1', script);
      const all = await pids(local, 3);
      expect(await local.until('ended', id)).toEqual(['ended: TIMEOUT']);
      expect(all).toHaveLength(3);
      expect(await gone(all)).toBe(true);
    },
    TIMEOUT,
  );

  it(
    'holds when runner and companion have been killed',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const id = await local.submit('--walltime', '2', local.script('j.sh', 'echo $$ >>pids', 'exec sleep 60'));
      const all = await pids(local, 1);
      process.kill(local.runnerPid() as number, 'SIGKILL');
      process.kill(local.claimPid(id), 'SIGKILL');
      expect(all.every(isRunning)).toBe(true);
      // Nobody asks the queue meanwhile: the job's own timer ends it.
      await pause(2500);
      expect(await gone(all)).toBe(true);
      expect((await local.until('ended', id))[0]).toMatch(/NODE_FAIL/);
    },
    TIMEOUT,
  );

  it(
    'is over with the job: a killed companion leaves no timer behind, and a second more or less does not end a job early',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const id = await local.submit('--walltime', '104400', local.script('j.sh', 'echo $$ >>pids', 'exec sleep 60'));
      const timed = await local.submit('--walltime', '7', local.script('t.sh', 'exec sleep 60'));
      const since = Date.now();
      await pids(local, 1);
      process.kill(local.claimPid(id), 'SIGKILL');
      expect((await local.until('ended', id))[0]).toMatch(/NODE_FAIL/);
      const beside = companionsOf(dirname(local.spool(id, 'exit')));
      expect(beside).toHaveLength(1);
      await pause(5000);
      expect(beside.filter(isRunning)).toEqual([]);
      expect(await local.until('ended', timed)).toEqual(['ended: TIMEOUT']);
      expect(Date.now() - since).toBeGreaterThan(5500);
      expect(Date.now() - since).toBeLessThan(11_000);
    },
    TIMEOUT,
  );

  it(
    'releases children that wait for any end, and none that wait for a good one',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '3' }, onTestFinished);
      const first = await local.submit('--walltime', '1', local.script('j.sh', 'sleep 60'));
      const say = local.script('say.sh', 'echo "$MARTLET_LOCAL_JOB_NAME" >>out');
      const any = await local.submit('--name', 'any', '--after', `any:${first}`, say);
      const ok = await local.submit('--name', 'ok', '--after', `ok:${first}`, say);
      await local.until('ended', any, ok);
      expect(local.lines('out')).toEqual(['any']);
    },
    TIMEOUT,
  );
});

describe.concurrent('cancel', () => {
  it(
    'ends a waiting job at once, and its ok children with it; it never runs',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '1' }, onTestFinished);
      const first = await local.submit(local.script('long.sh', 'sleep 20'));
      const say = local.script('say.sh', 'echo ran >>out');
      const second = await local.submit(say);
      const child = await local.submit('--after', `ok:${second}`, say);
      await local.do('cancel', second);
      expect((await local.poll(second, child)).map(line => line.raw)).toEqual([
        'ended: CANCELLED',
        'ended: DependencyNeverSatisfied',
      ]);
      await local.do('cancel', first);
      await local.until('ended', first);
      expect(local.lines('out')).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'lets a running job save and end, shows it as ending, and says CANCELLED',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_EMBEDDED_GRACE_SECONDS: '5' }, onTestFinished);
      const script = local.script(
        'j.sh',
        "trap 'sleep 2; echo saved >>out; exit 0' TERM",
        'echo up >>up',
        'while :; do sleep 0.1; done',
      );
      const id = await local.submit(script);
      await local.untilLines('up', 1);
      await local.do('cancel', id);
      expect((await local.poll(id))[0]?.seen).toBe('ending');
      expect(await local.until('ended', id)).toEqual(['ended: CANCELLED']);
      expect(local.lines('out')).toEqual(['saved']);
      expect((await local.history(id))[0]).toMatchObject({ failure: 'CANCELLED', code: 0 });
    },
    TIMEOUT,
  );

  it(
    'ends a job that ignores TERM after the grace time, with grandchildren in sessions of their own',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const script = local.script(
        'j.sh',
        "trap '' TERM",
        'setsid setsid bash -c \'trap "" TERM; echo $$ >>pids; exec sleep 60\' &',
        'echo $$ >>pids',
        'while :; do sleep 1; done',
      );
      const id = await local.submit(script);
      const all = await pids(local, 2);
      await local.do('cancel', id);
      expect(await local.until('ended', id)).toEqual(['ended: CANCELLED']);
      expect(await gone(all)).toBe(true);
    },
    TIMEOUT,
  );

  it(
    'works without a runner, for the companion listens itself',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const id = await local.submit(local.script('j.sh', 'echo $$ >>pids', 'exec sleep 60'));
      const all = await pids(local, 1);
      process.kill(local.runnerPid() as number, 'SIGKILL');
      await local.do('cancel', id);
      expect(await gone(all)).toBe(true);
      expect(await local.until('ended', id)).toEqual(['ended: CANCELLED']);
    },
    TIMEOUT,
  );

  it(
    'right after submit, at any moment of the start, leaves a job that ran or did not, but never one that runs on',
    async ({ onTestFinished }) => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '8' }, onTestFinished);
      const script = local.script('j.sh', 'echo $$ >>pids', 'exec sleep 60');
      const ids: string[] = [];
      for (let i = 0; i < 12; i += 1) {
        const id = await local.submit(script);
        await pause(i * 12);
        await local.do('cancel', id);
        ids.push(id);
      }
      const ends = await local.until('ended', ...ids);
      expect(new Set(ends)).toEqual(new Set(['ended: CANCELLED']));
      expect(await gone(local.lines('pids').map(Number))).toBe(true);
    },
    TIMEOUT,
  );

  it(
    'of an ended job changes nothing',
    async ({ onTestFinished }) => {
      const local = new Local({}, onTestFinished);
      const id = await local.submit(local.script('j.sh'));
      await local.until('ended', id);
      await local.do('cancel', id);
      expect((await local.poll(id))[0]?.raw).toBe('ended: exit 0');
    },
    TIMEOUT,
  );
});

it.concurrent(
  'what a job leaves running in the background ends with it',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    const id = await local.submit(
      local.script(
        'j.sh',
        'sleep 60 & echo $! >>pids',
        "setsid bash -c 'echo $$ >>pids; exec sleep 60' &",
        'sleep 0.3',
        'exit 0',
      ),
    );
    const all = await pids(local, 2);
    expect(await local.until('ended', id)).toEqual(['ended: exit 0']);
    expect(await gone(all)).toBe(true);
  },
  TIMEOUT,
);

it.concurrent(
  'a job that kills itself has the code a shell would show',
  async ({ onTestFinished }) => {
    const local = new Local({}, onTestFinished);
    const id = await local.submit(local.script('j.sh', 'kill -KILL $$'));
    expect(await local.until('ended', id)).toEqual(['ended: exit 137']);
  },
  TIMEOUT,
);

it.concurrent(
  'a companion killed from outside makes NODE_FAIL, and what it left running is ended before the job is said to be over',
  async ({ onTestFinished }) => {
    const local = new Local({ MARTLET_LOCAL_SLOTS: '1' }, onTestFinished);
    const id = await local.submit(local.script('j.sh', 'echo $$ >>pids', 'while :; do sleep 1; done'));
    const next = await local.submit(local.script('n.sh', 'echo ran >>out'));
    const all = await pids(local, 1);
    process.kill(local.claimPid(id), 'SIGKILL');
    expect((await local.until('ended', id))[0]).toMatch(/NODE_FAIL/);
    expect(await gone(all)).toBe(true);
    expect((await local.history(id))[0]?.failure).toMatch(/NODE_FAIL/);
    expect(await local.until('ended', next)).toEqual(['ended: exit 0']);
  },
  TIMEOUT,
);

it.concurrent(
  'after a restart of the machine a running job is a NODE_FAIL, a waiting one runs, and no stranger is killed',
  async ({ onTestFinished }) => {
    const local = new Local({ MARTLET_LOCAL_SLOTS: '1' }, onTestFinished);
    const running = await local.submit(local.script('j.sh', 'echo $$ >>pids', 'exec sleep 60'));
    const waiting = await local.submit(local.script('n.sh', 'echo ran >>out'));
    const all = await pids(local, 1);
    // Runner and companion die with the old boot. The job itself stands for a stranger that got its number.
    process.kill(local.runnerPid() as number, 'SIGKILL');
    const companion = local.claimPid(running);
    process.kill(companion, 'SIGSTOP');
    const cookie = /MARTLET_LOCAL_JOB_COOKIE=(\w+)/.exec(readFileSync(`/proc/${all[0]}/environ`, 'latin1'))?.[1];
    expect(cookie).toMatch(/^[0-9a-f]{24}$/);
    local.env = { ...local.env, MARTLET_EMBEDDED_BOOT_ID: 'another-boot' };
    expect((await local.until('ended', running))[0]).toMatch(/NODE_FAIL/);
    expect(await local.until('ended', waiting)).toEqual(['ended: exit 0']);
    expect(local.lines('out')).toEqual(['ran']);
    expect(isRunning(companion)).toBe(true);
    process.kill(companion, 'SIGKILL');
    expect(readlinkSync(local.spool(running, 'claim'))).toMatch(new RegExp(`^${companion} `));
  },
  TIMEOUT,
);
