import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { pause, testsOn } from './dock.ts';
import { buildProgram, provideEngine } from './engines.ts';

buildProgram();
const ENGINES = [
  ['docker', await provideEngine('docker')],
  ['podman', await provideEngine('podman')],
] as const;

describe.each(ENGINES)('jobs in order on %s', (_, engine) => {
  const { test, shared } = testsOn(engine, ENGINES);

  test('a chain goes on by itself, each job when the one before has ended well, though nobody asks', async dock => {
    const d = dock();
    const step = (n: number): string =>
      d.script(`${n}.sh`, `echo begin ${n} >>order`, 'sleep 0.5', `echo end ${n} >>order`);
    const a = await d.submit('a', step(1));
    const b = await d.submit('b', `--after=ok:${a}`, step(2));
    await d.submit('c', `--after=ok:${a},any:${b}`, step(3));
    expect(await d.untilRead('order', 6)).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  });

  shared('after a failed parent, ok never starts, nor what waits for it; any starts', async dock => {
    const d = dock();
    const touch = (name: string): string => d.script(`${name}.sh`, `echo ${name} >>ran`);
    const parent = await d.submit('parent', d.script('bad.sh', 'exit 3'));
    const ok = await d.submit('ok', `--after=ok:${parent}`, touch('ok'));
    const below = await d.submit('below', `--after=ok:${ok}`, touch('below'));
    const any = await d.submit('any', `--after=any:${parent}`, touch('any'));
    expect(await d.until('ended', parent, ok, below, any)).toEqual([
      'ended: exit 3',
      'ended: DependencyNeverSatisfied',
      'ended: DependencyNeverSatisfied',
      'ended: exit 0',
    ]);
    expect(d.read('ran')).toEqual(['any']);
    expect((await d.history(below))[0]?.failure).toBe('DependencyNeverSatisfied');
  });

  test('children of a parent that is killed or removed from outside notice by themselves', async dock => {
    const d = dock();
    const long = d.script('long.sh', 'echo up >>up', 'sleep 100');
    const [killed, removed] = [await d.submit('killed', long), await d.submit('removed', long)];
    const child = (name: string, after: string): Promise<string> =>
      d.submit(name, `--after=${after}`, d.script(`${name}.sh`, `echo ${name} >>ran`));
    const ok = await child('ok', `ok:${killed}`);
    const any = await child('any', `any:${killed},any:${removed}`);
    await d.untilRead('up', 2);
    await d.engine.docker.getContainer(killed).kill();
    await d.engine.docker.getContainer(removed).remove({ force: true });
    // Nothing of ours is asked until the child has run: what tells it is a lock that the kernel gave back.
    expect(await d.untilRead('ran', 1)).toEqual(['any']);
    await d.until('ended', any);
    expect(await d.until('ended', ok)).toEqual(['ended: DependencyNeverSatisfied']);
  });

  shared('children of a cancelled parent: ok never starts; of parents cancelled with them, none does', async dock => {
    const d = dock();
    const long = d.script('long.sh', 'echo up >>up', 'sleep 100');
    const one = await d.submit('one', long);
    const ok = await d.submit('ok', `--after=ok:${one}`, d.script('ok.sh', 'echo ok >>ran'));
    const two = await d.submit('two', long);
    const any = await d.submit('any', `--after=any:${two}`, d.script('any.sh', 'echo any >>ran'));
    await d.untilRead('up', 2);
    await d.do('cancel', one);
    await d.do('cancel', two, any);
    expect(await d.until('ended', one, ok, two, any)).toEqual([
      'ended: CANCELLED',
      'ended: DependencyNeverSatisfied',
      'ended: CANCELLED',
      'ended: CANCELLED',
    ]);
    expect(d.read('ran')).toEqual([]);
  });

  shared('a parent nobody knows is refused', async dock => {
    const d = dock();
    const script = d.script('job.sh', 'exit 0');
    const said = await d.try(...d.submitWords('child', '--after=ok:0123456789ab', script));
    expect([said.code, said.stderr]).toEqual([
      1,
      'martlet-docker: refused: there is no job 0123456789ab to wait for\n',
    ]);
  });

  shared('a waiting job says what it waits for, and its place', async dock => {
    const d = dock({ MARTLET_DOCKER_SLOTS: '1' });
    const long = d.script('long.sh', 'echo up >>up', 'sleep 100');
    const first = await d.submit('first', long);
    await d.untilRead('up', 1);
    const child = await d.submit('child', `--after=ok:${first}`, long);
    const second = await d.submit('second', long);
    const third = await d.submit('third', long);
    await d.until('queued', child, second, third);
    for (let i = 0; i < 50 && (await d.why(third))?.position === undefined; i += 1) await pause(100);
    expect(await d.why(first)).toBeUndefined();
    expect(await d.why(child)).toMatchObject({ seen: 'queued', reason: 'Dependency', waitsFor: [first] });
    expect(await d.why(second)).toMatchObject({ seen: 'queued', reason: 'Resources', waitsFor: [] });
    expect(await d.why(third)).toMatchObject({ reason: 'Resources', position: { place: 2, of: 2 } });
  });

  shared('at most so many run at once as there are slots', async dock => {
    const d = dock({ MARTLET_DOCKER_SLOTS: '2' });
    const gate = await d.submit('gate', '--hold', d.script('gate.sh', 'exit 0'));
    const job = (n: number): string => d.script(`${n}.sh`, `echo + ${n} >>log`, 'sleep 0.6', `echo - ${n} >>log`);
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 5]) ids.push(await d.submit(`job-${n}`, `--after=ok:${gate}`, job(n)));
    await d.until('queued', ...ids);
    await d.do('release', gate);
    await d.until('ended', ...ids);
    let running = 0;
    let most = 0;
    for (const line of d.read('log')) {
      running += line.startsWith('+') ? 1 : -1;
      most = Math.max(most, running);
    }
    expect(most).toBe(2);
    expect(d.read('log').filter(line => line.startsWith('+'))).toHaveLength(5);
  });

  shared('a slot is free again however its job ends', async dock => {
    const d = dock({ MARTLET_DOCKER_SLOTS: '1' });
    const long = d.script('long.sh', 'echo up >>up', 'exec sleep 100');
    for (const end of ['kill', 'remove'] as const) {
      const id = await d.submit(end, long);
      await d.until('running', id);
      if (end === 'kill') await d.engine.docker.getContainer(id).kill();
      else await d.engine.docker.getContainer(id).remove({ force: true });
    }
    const last = await d.submit('last', d.script('last.sh', 'exit 0'));
    expect(await d.until('ended', last)).toEqual(['ended: exit 0']);
  });

  shared('the queue starts oldest first', async dock => {
    const d = dock({ MARTLET_DOCKER_SLOTS: '1' });
    const first = await d.submit('first', d.script('first.sh', 'while [ ! -e go ]; do sleep 0.1; done'));
    await d.until('running', first);
    const ids: string[] = [];
    for (const n of [1, 2, 3]) ids.push(await d.submit(`job-${n}`, d.script(`${n}.sh`, `echo ${n} >>log`)));
    for (let i = 0; i < 50 && (await d.why(ids[2] as string))?.position?.of !== 3; i += 1) await pause(100);
    writeFileSync(join(d.folder, 'go'), '');
    await d.until('ended', ...ids);
    expect(d.read('log')).toEqual(['1', '2', '3']);
  });

  test('GPUs are shared out: no two jobs have the same one, and a job of all waits for all', async dock => {
    const d = dock();
    // Stand-ins for device files, which is all that a companion looks at.
    const devices = [0, 1, 2, 3].map(n => {
      writeFileSync(join(d.folder, `gpu${n}`), '');
      return { from: join(d.folder, `gpu${n}`), to: `/dev/nvidia${n}`, missing: 'refuse' };
    });
    const job = (name: string, gpus: number): Promise<string> =>
      d.submit(
        name,
        `--container=${d.container(`${name}.json`, { gpus, mounts: devices })}`,
        d.script(
          `${name}.sh`,
          `echo "+ ${name} \${CUDA_VISIBLE_DEVICES:-all}" >>log`,
          'while [ ! -e go ]; do sleep 0.1; done',
          `echo "- ${name}" >>log`,
        ),
      );
    const two = [await job('a', 2), await job('b', 2)];
    await d.untilRead('log', 2);
    const all = await job('c', 4);
    const none = await job('d', 0);
    for (let i = 0; i < 50 && (await d.why(none))?.position === undefined; i += 1) await pause(100);
    expect(await d.why(all)).toMatchObject({ reason: 'Resources', position: { place: 1, of: 2 } });
    const taken = d.read('log').map(line => line.split(' ')[2]?.split(','));
    expect(taken.flat().sort()).toEqual(['0', '1', '2', '3']);
    expect(taken.map(each => each?.length)).toEqual([2, 2]);
    writeFileSync(join(d.folder, 'go'), '');
    await d.until('ended', ...two, all, none);
    expect(d.read('log').indexOf('+ c all')).toBeGreaterThan(
      Math.max(d.read('log').indexOf('- a'), d.read('log').indexOf('- b')),
    );
  });

  shared('held jobs wait until they are released, and started ones cannot be held', async dock => {
    const d = dock();
    const id = await d.submit('held', d.script('held.sh', 'echo ran >>ran'));
    const other = await d.submit('other', '--hold', d.script('other.sh', 'echo other >>ran'));
    expect(await d.until('held', other)).toEqual(['held: JobHeldUser']);
    await d.untilRead('ran', 1);
    const refused = await d.try('hold', id, other);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`only waiting jobs can be held or released; not ${id}`);
    await d.until('ended', id);
    expect(d.read('ran')).toEqual(['ran']);
    await d.do('release', other);
    expect(await d.until('ended', other)).toEqual(['ended: exit 0']);
    const waiting = await d.submit('waiting', '--hold', d.script('waiting.sh', 'echo waiting >>ran'));
    await d.do('release', waiting);
    await d.until('ended', waiting);
    expect(d.read('ran')).toEqual(['ran', 'other', 'waiting']);
  });

  shared('a job that waits for its parent can be held and lets its parent end meanwhile', async dock => {
    const d = dock();
    const parent = await d.submit('parent', d.script('parent.sh', 'while [ ! -e go ]; do sleep 0.1; done'));
    const child = await d.submit('child', `--after=ok:${parent}`, d.script('child.sh', 'echo child >>ran'));
    await d.do('hold', child);
    writeFileSync(join(d.folder, 'go'), '');
    await d.until('ended', parent);
    await pause(2500);
    expect(await d.until('held', child)).toEqual(['held: JobHeldUser']);
    expect(d.read('ran')).toEqual([]);
    await d.do('release', child);
    await d.until('ended', child);
    expect(d.read('ran')).toEqual(['child']);
  });
});
