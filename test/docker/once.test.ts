import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { dice } from '../helpers/dice.ts';
import { type Dock, pause, testsOn } from './dock.ts';
import { buildProgram, provideEngine } from './engines.ts';
import { type Fate, startProxy } from './proxy.ts';

buildProgram();
const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;

/** A dock whose verbs reach the engine through a connection that fails as the test wants. */
const behindProxy = async (d: Dock) => {
  const proxy = await startProxy(join(d.folder, '..', 'proxy.sock'), d.engine.socket);
  d.env.MARTLET_DOCKER_SOCKET = proxy.path;
  return proxy;
};

/** The named question fails so often, every other goes through. */
const failing = (pattern: RegExp, fate: Fate, times = 1): ((question: string) => Fate) => {
  let left = times;
  return question => {
    if (left === 0 || !pattern.test(question)) return 'through';
    left -= 1;
    return fate;
  };
};

const CREATE = /^POST .*\/containers\/create/;
const START = /^POST .*\/start/;
const ASK = /^GET /;

describe.each(ENGINES)('exactly once on %s', (_, engine) => {
  const { test, shared } = testsOn(engine, ENGINES);

  const expectOneRun = async (d: Dock, job: string, id: string): Promise<void> => {
    expect(await d.until('ended', id)).toEqual(['ended: exit 0']);
    expect(d.read('ran')).toEqual([job]);
    expect((await d.containers()).map(each => each.Id.slice(0, 12))).toEqual([id]);
  };

  test('five submits of one job at once are one container, and all hear its id', async dock => {
    const d = dock();
    const words = d.submitWords('job', d.script('job.sh', 'echo job >>ran'));
    const said = await Promise.all(Array.from({ length: 5 }, () => d.try(...words)));
    const ids = new Set(said.map(each => each.stdout.trim()));
    expect(said.map(each => [each.code, each.stderr])).toEqual(said.map(() => [0, '']));
    expect(ids.size).toBe(1);
    await expectOneRun(d, 'job', [...ids][0] as string);
    expect(await d.submit('job', d.script('job.sh', 'echo job >>ran'))).toBe([...ids][0]);
    await pause(500);
    expect(d.read('ran')).toEqual(['job']);
  });

  test('the engine keeps the name even from somebody who knows nothing of the first submit', async dock => {
    const d = dock();
    const script = d.script('job.sh', 'echo job >>ran');
    const id = await d.submit('job', script);
    const words = d.submitWords('job', script);
    d.env.MARTLET_DOCKER_DIR = join(d.folder, 'another spool');
    expect((await d.try(...words)).stdout).toBe(`${id}\n`);
    const other = await d.try(...words.map(word => (word.startsWith('--token') ? '--token=another' : word)));
    expect([other.code, other.stderr]).toEqual([
      1,
      `martlet-docker: refused: nothing was queued: the name ${d.name('job')} is taken by another container, ${id}\n`,
    ]);
    d.env.MARTLET_DOCKER_DIR = d.place;
    await expectOneRun(d, 'job', id);
  });

  test('a name that a container of somebody else has is refused, and that container is left alone', async dock => {
    const d = dock();
    const { id } = await d.engine.docker.createContainer({
      name: d.name('job'),
      Image: 'localhost/martlet-job:latest',
      Cmd: ['true'],
    });
    const said = await d.try(...d.submitWords('job', d.script('job.sh', 'exit 0')));
    expect(said.code).toBe(1);
    expect(said.stderr).toContain('is taken by another container');
    expect((await d.containers()).map(each => [each.Id, each.State])).toEqual([[id, 'created']]);
    expect(await d.find(d.name('job'))).toEqual([]);
  });

  test('an answer that is lost after the engine made the container is found by its name', async dock => {
    const d = dock();
    const proxy = await behindProxy(d);
    try {
      for (const fate of ['answer-lost', 'answer-cut'] as const) {
        proxy.fate = failing(CREATE, fate);
        const id = await d.submit(fate, d.script('job.sh', `echo ${fate} >>ran`));
        expect(await d.until('ended', id)).toEqual(['ended: exit 0']);
      }
      expect(d.read('ran')).toEqual(['answer-lost', 'answer-cut']);
      expect(await d.containers()).toHaveLength(2);
    } finally {
      await proxy.close();
    }
  });

  shared(
    'an engine that was cut off before it heard anything leaves the submit unsure, and the same submit again goes through',
    async dock => {
      const d = dock();
      const proxy = await behindProxy(d);
      try {
        proxy.fate = failing(CREATE, 'before');
        const words = d.submitWords('job', d.script('job.sh', 'echo job >>ran'));
        const said = await d.try(...words);
        expect([said.code, said.stdout]).toEqual([3, '']);
        expect(said.stderr).toMatch(/^martlet-docker: failed: it is not known whether the job was queued/);
        expect(await d.find(d.name('job'))).toEqual([]);
        expect(await d.containers()).toEqual([]);
        await expectOneRun(d, 'job', await d.submit('job', d.script('job.sh', 'echo job >>ran')));
      } finally {
        await proxy.close();
      }
    },
  );

  test('a start that was never asked for, or whose answer was lost, is made good by whoever looks for the job', async dock => {
    const d = dock();
    const proxy = await behindProxy(d);
    try {
      for (const fate of ['before', 'answer-lost'] as const) {
        proxy.fate = failing(START, fate);
        const said = await d.try(...d.submitWords(fate, d.script('job.sh', `echo ${fate} >>ran`)));
        expect([said.code, said.stdout]).toEqual([3, '']);
        const [found] = await d.find(d.name(fate));
        expect(await d.until('ended', found?.id ?? '')).toEqual(['ended: exit 0']);
      }
      expect(d.read('ran')).toEqual(['before', 'answer-lost']);
    } finally {
      await proxy.close();
    }
  });

  shared('a container that nobody started is started by a question, a while after it was made', async dock => {
    const d = dock();
    const proxy = await behindProxy(d);
    try {
      proxy.fate = failing(START, 'before');
      await d.try(...d.submitWords('job', d.script('job.sh', 'echo job >>ran')));
      const [line] = await d.poll();
      expect(line?.seen).toBe('queued');
      await expectOneRun(d, 'job', line?.id ?? '');
    } finally {
      await proxy.close();
    }
  });

  shared('cancelled before anybody started it, it never runs', async dock => {
    const d = dock();
    const proxy = await behindProxy(d);
    try {
      proxy.fate = failing(START, 'before');
      const words = d.submitWords('job', '--hold', d.script('job.sh', 'echo job >>ran'));
      await d.try(...words);
      const id = (await d.poll())[0]?.id ?? '';
      await d.do('cancel', id);
      expect(await d.until('ended', id)).toEqual(['ended: CANCELLED']);
      expect((await d.try(...words)).stdout).toBe(`${id}\n`);
      expect(await d.find(d.name('job'))).toHaveLength(1);
      await pause(1500);
      expect(await d.until('ended', id)).toEqual(['ended: CANCELLED']);
      expect(d.read('ran')).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  shared('an answer that is cut off is trouble, and never an empty queue', async dock => {
    const d = dock();
    const id = await d.submit('job', '--hold', d.script('job.sh', 'exit 0'));
    // From here on the recorded address is the proxy's: the engine of a job is the one it was given to.
    const proxy = await behindProxy(d);
    try {
      const held = await d.submit('held', '--hold', d.script('job.sh', 'exit 0'));
      for (const fate of ['before', 'answer-lost', 'answer-cut'] as const) {
        proxy.fate = failing(ASK, fate, Number.POSITIVE_INFINITY);
        for (const verb of ['poll', 'history', 'cancel', 'why'] as const) {
          const said = await d.try(verb, held);
          expect([verb, fate, said.code, said.stdout], said.stderr).toEqual([verb, fate, 3, '']);
          expect(said.stderr).toMatch(/^martlet-docker: failed: /);
        }
        expect((await d.try('find', d.name('held'))).code).toBe(3);
      }
      // Jobs of the other engine can be asked all the while.
      expect((await d.poll(id))[0]?.seen).toBe('held');
    } finally {
      await proxy.close();
    }
  });

  test('killed at 8 random moments, a submit is found again or made again, and its job runs once', async dock => {
    const d = dock();
    const roll = dice(engine?.kind === 'docker' ? 11 : 12);
    const jobs: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const job = `job-${i}`;
      const words = d.submitWords(job, d.script(`${job}.sh`, `echo ${job} >>ran`));
      const child = d.spawn(...words);
      await pause(roll() * 500);
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await new Promise(done =>
        child.exitCode === null && child.signalCode === null ? child.on('exit', done) : done(0),
      );
      const found = await d.find(d.name(job));
      expect(found.length).toBeLessThanOrEqual(1);
      const id = found[0]?.id ?? (await d.submit(job, d.script(`${job}.sh`, `echo ${job} >>ran`)));
      expect(await d.until('ended', id)).toEqual(['ended: exit 0']);
      jobs.push(job);
    }
    expect(d.read('ran').sort()).toEqual(jobs.sort());
    expect(await d.containers()).toHaveLength(8);
  });
});
