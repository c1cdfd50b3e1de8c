import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { engineAddress, openEngine } from '../../src/docker/engine.ts';
import { freshFolder } from '../store/disks.ts';
import { Dock } from './dock.ts';
import { buildProgram, provideEngine, type TestEngine } from './engines.ts';

test('the engine is the one that was named last: by an option, by our variable, by DOCKER_HOST', () => {
  const env = { DOCKER_HOST: 'unix:///a.sock', MARTLET_DOCKER_SOCKET: '/b.sock' };
  expect(engineAddress(env, '/c.sock')).toBe('unix:///c.sock');
  expect(engineAddress(env)).toBe('unix:///b.sock');
  expect(engineAddress({ DOCKER_HOST: 'unix:///a.sock' })).toBe('unix:///a.sock');
  expect(engineAddress({ DOCKER_HOST: 'tcp://127.0.0.1:2375' })).toBe('tcp://127.0.0.1:2375');
  expect(engineAddress({ XDG_RUNTIME_DIR: '/nowhere' })).toMatch(/^unix:\/\/\/.+\.sock$/);
});

test.each(['ssh://me@box', 'tcp://10.0.0.1:2375', 'tcp://box:2375', 'relative.sock', 'unix://', 'npipe:////./pipe/x'])(
  'DOCKER_HOST=%s is refused: folders are given to containers by the paths of this machine',
  address => {
    expect(() => engineAddress({ DOCKER_HOST: address })).toThrow(/^DOCKER_HOST is /);
  },
);

test('an engine that takes the question and says nothing is given up', async () => {
  const path = join(freshFolder(), 'silent.sock');
  const server = createServer(() => undefined).listen(path);
  await once(server, 'listening');
  const silent = openEngine(`unix://${path}`, 300).docker;
  await expect(silent.listContainers()).rejects.toThrow();
  server.closeAllConnections?.();
  server.close();
});

buildProgram();
const docker = await provideEngine('docker');
const podman = await provideEngine('podman');

describe.skipIf(docker === undefined || podman === undefined)('two engines of one person', () => {
  it('a job is asked for at the engine it was given to, whatever the environment says later', async () => {
    const d = new Dock(docker as TestEngine, {}, onTestFinished);
    const other = new Dock(podman as TestEngine, { MARTLET_DOCKER_DIR: d.place }, onTestFinished);
    const parent = await d.submit('parent', d.script('parent.sh', 'exit 0'));
    const held = await d.submit('held', '--hold', d.script('held.sh', 'exit 0'));
    expect(await other.until('held', held)).toEqual(['held: JobHeldUser']);
    // Their locks and ends are files, so one may even wait for the other's.
    const child = await other.submit('child', `--after=ok:${parent}`, other.script('child.sh', 'exit 5'));
    expect(await d.until('ended', parent, child)).toEqual(['ended: exit 0', 'ended: exit 5']);
    expect((await d.history(child))[0]).toMatchObject({ failure: 'exit 5' });
    await other.do('cancel', held);
    expect(await d.until('ended', held)).toEqual(['ended: CANCELLED']);
    expect((await other.poll()).map(line => line.id)).toEqual([]);
  });
});
