import { describe, expect, it, onTestFinished } from 'vitest';
import { Dock } from './dock.ts';
import { buildProgram, provideEngine } from './engines.ts';

buildProgram();
const docker = await provideEngine('docker', { own: true, env: { MARTLET_DOCKER_FAKE_GPU: '0' } });
const podman = await provideEngine('podman', { own: true });

const ASKING = ['poll', 'history', 'cancel', 'hold', 'why', 'logs'] as const;

/** Whatever is asked of an engine that is not there has no answer, and an end that is not known is not made up. */
const expectTrouble = async (d: Dock, id: string): Promise<void> => {
  for (const verb of ASKING) {
    const said = await d.try(verb, id);
    expect([verb, said.code, said.stdout], said.stderr).toEqual([verb, 3, '']);
    expect(said.stderr).toMatch(
      /^martlet-docker: failed: the engine does not answer: connect .*no engine listens there/,
    );
  }
  expect((await d.try('find', d.name('x'))).code).toBe(3);
  const submitted = await d.try(...d.submitWords('x', d.script('x.sh', 'exit 0')));
  expect(submitted.code).toBe(1);
  expect(submitted.stderr).toMatch(/^martlet-docker: refused: nothing was queued: the engine does not answer/);
};

const LONG = ['trap "echo told >>heard; exit 5" TERM', 'echo up >>up', 'while :; do sleep 0.1; done'];

describe.skipIf(docker === undefined)('a docker engine', () => {
  const dock = (): Dock => new Dock(docker as NonNullable<typeof docker>, {}, onTestFinished);

  it('without GPUs refuses a job that wants some, in its own words, and nothing is left of it', async () => {
    const d = dock();
    const container = d.container('gpu.json', { gpus: 8 });
    const said = await d.try(...d.submitWords('gpu', `--container=${container}`, d.script('gpu.sh', 'exit 0')));
    expect([said.code, said.stderr]).toEqual([
      1,
      'martlet-docker: refused: nothing was queued: the engine says: could not select device driver "" with capabilities: [[gpu]]\n',
    ]);
    expect(await d.containers()).toEqual([]);
    expect(await d.find(d.name('gpu'))).toEqual([]);
  });

  it('that is stopped is trouble, but its jobs have heard it and wrote their ends down, which need no engine to be read', async () => {
    const d = dock();
    const running = await d.submit('running', d.script('long.sh', ...LONG));
    const waiting = await d.submit('waiting', `--after=ok:${running}`, d.script('never.sh', 'echo never >>ran'));
    await d.untilRead('up', 1);
    await d.until('queued', waiting);
    docker?.fault?.('daemon-stop');
    try {
      expect((await d.try('poll')).code).toBe(3);
      expect((await d.try('logs', running)).code).toBe(3);
      expect(d.read('heard')).toEqual(['told']);
      expect(await d.until('ended', running, waiting)).toEqual([
        'ended: STOPPED: its container was told to end from outside',
        'ended: STOPPED: its container was told to end from outside',
      ]);
    } finally {
      docker?.fault?.('daemon-start');
    }
    expect((await d.history(running))[0]?.failure).toMatch(/^STOPPED/);
    expect(d.read('ran')).toEqual([]);
  });

  it('that is killed with its containers leaves ends that nobody wrote down; they are known when it is back', async () => {
    const d = dock();
    const running = await d.submit('running', d.script('long.sh', ...LONG));
    const waiting = await d.submit('waiting', `--after=any:${running}`, d.script('never.sh', 'echo never >>ran'));
    const held = await d.submit('held', '--hold', d.script('never.sh', 'echo never >>ran'));
    await d.untilRead('up', 1);
    await d.until('queued', waiting);
    // As the power would go: no process of a container lives to write anything down.
    const pids = await Promise.all(
      [held, waiting, running].map(async id => (await d.engine.docker.getContainer(id).inspect()).State.Pid),
    );
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    docker?.fault?.('daemon-kill');
    try {
      await expectTrouble(d, waiting);
    } finally {
      docker?.fault?.('daemon-start');
    }
    for (const raw of await d.until('ended', running, waiting, held))
      expect(raw).toMatch(/^ended: NODE_FAIL: its container was killed from outside/);
    const failures = (await d.history(running, waiting, held)).map(line => line.failure);
    expect(failures).toHaveLength(3);
    for (const failure of failures) expect(failure).toMatch(/^NODE_FAIL/);
    expect(d.read('ran')).toEqual([]);
    // Jobs that are sent for them know how their parents ended.
    const any = await d.submit('any', `--after=any:${running}`, d.script('any.sh', 'echo any >>ran'));
    const ok = await d.submit('ok', `--after=ok:${running}`, d.script('ok.sh', 'echo ok >>ran'));
    expect(await d.until('ended', any, ok)).toEqual(['ended: exit 0', 'ended: DependencyNeverSatisfied']);
    expect(d.read('ran')).toEqual(['any']);
  });
});

describe.skipIf(podman === undefined)('a podman engine', () => {
  it('whose service is killed is trouble, while its jobs and the chain behind them go on', async () => {
    const d = new Dock(podman as NonNullable<typeof podman>, {}, onTestFinished);
    const running = await d.submit(
      'running',
      d.script('long.sh', 'echo up >>up', 'while [ ! -e go ]; do sleep 0.1; done'),
    );
    const after = await d.submit('after', `--after=ok:${running}`, d.script('after.sh', 'echo after >>ran'));
    await d.untilRead('up', 1);
    podman?.fault?.('api-kill');
    await expectTrouble(d, running);
    d.script('go');
    expect(await d.untilRead('ran', 1)).toEqual(['after']);
    podman?.fault?.('api-start');
    expect(await d.until('ended', running, after)).toEqual(['ended: exit 0', 'ended: exit 0']);
  });
});
