import { describe, expect } from 'vitest';
import { testsOn } from './dock.ts';
import { buildProgram, provideEngine } from './engines.ts';

buildProgram();
const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;

/** Writes what it hears, and ends with 5 when it is told to end. */
const OBEDIENT = ['trap "echo told >>heard; exit 5" TERM', 'echo up >>up', 'while :; do sleep 0.1; done'];
const DEAF = ['trap "echo told >>heard" TERM', 'echo up >>up', 'while :; do sleep 0.1; done'];

describe.each(ENGINES)('the end of a job on %s', (_, engine) => {
  const { test, shared } = testsOn(engine, ENGINES);

  shared('past its walltime it is told, in time to write what it wants to, and the reason is kept', async dock => {
    const d = dock();
    const id = await d.submit('long', '--walltime=2', d.script('obedient.sh', ...OBEDIENT));
    expect(await d.until('ended', id)).toEqual(['ended: TIMEOUT']);
    expect(d.read('heard')).toEqual(['told']);
    expect((await d.history(id))[0]).toMatchObject({ failure: 'TIMEOUT', code: 5 });
  });

  test('past its walltime and deaf, it is killed with everything it started', async dock => {
    const d = dock({ MARTLET_DOCKER_GRACE_SECONDS: '1' });
    const stray = 'setsid bash -c "trap \'\' TERM; while :; do echo stray >>strays; sleep 0.1; done" &';
    const id = await d.submit('deaf', '--walltime=1', d.script('deaf.sh', stray, ...DEAF));
    expect(await d.until('ended', id)).toEqual(['ended: TIMEOUT']);
    expect((await d.history(id))[0]?.code).toBe(137);
    const strays = d.read('strays').length;
    expect(strays).toBeGreaterThan(0);
    expect((await d.containers())[0]?.State).toBe('exited');
    expect(d.read('strays').length).toBe(strays);
    // Nothing of the companion's own doings is in the log.
    expect((await d.try('logs', id)).stderr).toBe('');
  });

  shared('the walltime of a job that waits begins with its start', async dock => {
    const d = dock();
    const parent = await d.submit('parent', d.script('parent.sh', 'sleep 7'));
    const child = await d.submit('child', '--walltime=6', `--after=ok:${parent}`, d.script('child.sh', 'sleep 1'));
    expect(await d.until('ended', parent, child)).toEqual(['ended: exit 0', 'ended: exit 0']);
  });

  test('cancelled while it runs, its trap runs and what it writes is there', async dock => {
    const d = dock();
    const id = await d.submit('runs', d.script('obedient.sh', ...OBEDIENT));
    await d.untilRead('up', 1);
    await d.do('cancel', id);
    expect(await d.until('ended', id)).toEqual(['ended: CANCELLED']);
    expect(d.read('heard')).toEqual(['told']);
    expect((await d.history(id))[0]).toMatchObject({ failure: 'CANCELLED', code: 5 });
  });

  shared(
    'cancelled twice while it is deaf, it is told once, seen as ending, and killed after the grace time',
    async dock => {
      const d = dock({ MARTLET_DOCKER_GRACE_SECONDS: '8' });
      const id = await d.submit('deaf', d.script('deaf.sh', ...DEAF));
      await d.untilRead('up', 1);
      await d.do('cancel', id);
      await d.do('cancel', id);
      expect((await d.poll(id))[0]?.seen).toBe('ending');
      expect(await d.until('ended', id)).toEqual(['ended: CANCELLED']);
      expect(d.read('heard')).toEqual(['told']);
      expect((await d.history(id))[0]?.code).toBe(137);
    },
  );

  shared(
    'cancelled while it waits, is held, or has ended: it never starts, and an end stays what it was',
    async dock => {
      const d = dock();
      const script = d.script('job.sh', 'echo ran >>ran');
      const over = await d.submit('over', d.script('seven.sh', 'exit 7'));
      const held = await d.submit('held', '--hold', script);
      const waits = await d.submit('waits', `--after=ok:${held}`, script);
      await d.until('ended', over);
      await d.do('cancel', over, held, waits);
      expect(await d.until('ended', over, held, waits)).toEqual([
        'ended: exit 7',
        'ended: CANCELLED',
        'ended: CANCELLED',
      ]);
      expect(d.read('ran')).toEqual([]);
    },
  );

  shared('cancelled right behind its submit, it ends, at whatever moment of its start that was', async dock => {
    const d = dock();
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const id = await d.submit(`job-${i}`, d.script('job.sh', 'sleep 100'));
      await d.do('cancel', id);
      ids.push(id);
    }
    expect(await d.until('ended', ...ids)).toEqual(ids.map(() => 'ended: CANCELLED'));
  });

  test('cancelled while its container is paused, it ends', async dock => {
    const d = dock();
    const id = await d.submit('paused', d.script('obedient.sh', ...OBEDIENT));
    await d.untilRead('up', 1);
    await d.pauseContainer(id);
    await d.do('cancel', id);
    expect(await d.until('ended', id)).toEqual(['ended: CANCELLED']);
    expect(d.read('heard')).toEqual(['told']);
  });

  test('stopped by the engine’s own command, its trap runs too, and the end is told from a cancel', async dock => {
    const d = dock();
    const id = await d.submit('stopped', d.script('obedient.sh', ...OBEDIENT));
    await d.untilRead('up', 1);
    await d.engine.docker.getContainer(id).stop();
    expect(await d.until('ended', id)).toEqual(['ended: STOPPED: its container was told to end from outside']);
    expect(d.read('heard')).toEqual(['told']);
  });

  shared('what nobody knows cannot be cancelled, and is not in any answer', async dock => {
    const d = dock();
    expect(await d.try('cancel', 'ffffffffffff')).toMatchObject({ code: 1, stdout: '' });
    expect(await d.poll('ffffffffffff')).toEqual([]);
    expect(await d.history('ffffffffffff')).toEqual([]);
    expect(await d.find('nobody')).toEqual([]);
    expect((await d.try('poll', 'x; rm -rf /')).code).toBe(2);
  });
});
