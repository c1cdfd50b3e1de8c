import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Local, pause } from './local.ts';

const TIMEOUT = 60_000;
const sorted = (lines: readonly string[]): string[] => [...lines].sort();

describe('each job runs exactly once, counted from a line each appends itself', () => {
  it(
    'while the runner is killed again and again, at every moment of its work',
    async () => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '2' });
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_ID" >>ran', 'sleep 0.4');
      const gate = await local.submit('--hold', script);
      const ids = [gate];
      for (let i = 0; i < 17; i += 1)
        ids.push(await local.submit('--after', i % 3 === 2 ? `any:${gate},ok:${ids.at(-1)}` : `any:${gate}`, script));
      await local.do('release', gate);
      let kills = 0;
      let left = ids.length;
      while (left > 0) {
        // Any verb starts a new runner; it is killed a little later each time.
        left = (await local.poll(...ids)).filter(line => line.seen !== 'ended').length;
        for (let i = 0; i < 100 && local.runnerPid() === undefined; i += 1) await pause(5);
        // A busy machine needs longer to get anywhere between two kills.
        await pause(kills + ((kills * 7) % 60));
        const runner = local.runnerPid();
        if (runner === undefined) continue;
        process.kill(runner, 'SIGKILL');
        kills += 1;
      }
      expect(await local.until('ended', ...ids)).toEqual(ids.map(() => 'ended: exit 0'));
      expect(sorted(local.lines('ran'))).toEqual(sorted(ids));
      expect(kills).toBeGreaterThan(5);
    },
    TIMEOUT,
  );

  it(
    'when a runner was killed between its note that it starts a job and the start, or had started it already',
    async () => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '4' });
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_ID" >>ran', 'sleep 0.3');
      const [noted, started] = [await local.submit('--hold', script), await local.submit(script)];
      await local.untilLines('ran', 1);
      process.kill(local.runnerPid() as number, 'SIGKILL');
      const db = new DatabaseSync(join(local.place, 'queue.db'));
      db.exec("update job set state = 'starting' where state <> 'ended'");
      db.close();
      expect(await local.until('ended', noted, started)).toEqual(['ended: exit 0', 'ended: exit 0']);
      expect(sorted(local.lines('ran'))).toEqual(sorted([noted, started]));
    },
    TIMEOUT,
  );

  it(
    'when the runner is killed and nobody asks any more: the companion of a job wakes a new one',
    async () => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '1' });
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_ID" >>ran', 'sleep 0.4');
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) ids.push(await local.submit(script));
      await local.untilLines('ran', 1);
      process.kill(local.runnerPid() as number, 'SIGKILL');
      expect(await local.untilLines('ran', 3)).toEqual(ids);
      await local.until('ended', ...ids);
      expect(local.lines('ran')).toEqual(ids);
    },
    TIMEOUT,
  );

  it(
    'when thirty are submitted at once by thirty programs',
    async () => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '6' });
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_ID" >>ran');
      const ids = await Promise.all(Array.from({ length: 30 }, () => local.submit(script)));
      expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
      await local.until('ended', ...ids);
      expect(sorted(local.lines('ran'))).toEqual(sorted(ids));
    },
    TIMEOUT,
  );

  it(
    'when the submit itself is killed at any moment: queued once or not at all, as find tells',
    async () => {
      const local = new Local({ MARTLET_LOCAL_SLOTS: '4' });
      const script = local.script('j.sh', 'echo "$MARTLET_LOCAL_JOB_NAME" >>ran');
      // Kills are spread over the time that one takes, which every fourth try takes anew: a busy machine is not always as busy.
      let [wholeMs, queued] = [0, 0];
      for (let i = 0; i < 20; i += 1) {
        const began = performance.now();
        const child = local.spawn('submit', '--name', `job-${i}`, script);
        const over = once(child, 'exit');
        if (i % 4 > 0) {
          await pause(wholeMs * (0.2 + i * 0.06));
          child.kill('SIGKILL');
        }
        await over;
        if (i % 4 === 0) wholeMs = performance.now() - began;
        queued += (await local.do('find', `job-${i}`)).length;
      }
      const left = (await local.poll()).map(line => line.id);
      if (left.length > 0) await local.until('ended', ...left);
      expect(local.lines('ran')).toHaveLength(queued);
      expect(new Set(local.lines('ran')).size).toBe(queued);
      expect(queued).toBeGreaterThanOrEqual(5);
      expect(queued).toBeLessThan(20);
    },
    TIMEOUT,
  );
});

it(
  'of ten runners started at once, one works and the others leave',
  async () => {
    const local = new Local({ MARTLET_EMBEDDED_IDLE_MS: '30000' });
    await local.submit('--hold', local.script('j.sh'));
    const children = Array.from({ length: 10 }, () => local.spawn('runner'));
    const left = () => children.filter(child => child.exitCode === null && child.signalCode === null);
    for (let i = 0; i < 200 && left().length > 1; i += 1) await pause(100);
    expect(left()).toHaveLength(1);
    expect(children.filter(child => child.exitCode === 0)).toHaveLength(9);
    expect(local.runnerPid()).toBe(left()[0]?.pid);
  },
  TIMEOUT,
);
