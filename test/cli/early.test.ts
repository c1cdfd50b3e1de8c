import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshHome, martlet, RECIPE } from './martlet.ts';

/** A login node that takes every connection and never says a word, as behind some firewalls. */
const silentHost = async (): Promise<{ port: number; met: Socket[]; server: Server }> => {
  const met: Socket[] = [];
  const server = createServer(socket => {
    met.push(socket.on('error', () => undefined));
    socket.resume();
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as { port: number }).port, met, server };
};

const closed = (socket: Socket): Promise<void> =>
  new Promise(done => {
    if (socket.closed) done();
    else socket.once('close', () => done());
  });

describe.each(['ssh', 'ssh2'])('a submit that asks nothing, over %s', transport => {
  test('lets go of the connection it has begun when the recipe turns out to have a mistake', {
    timeout: 20_000,
  }, async () => {
    const { port, met, server } = await silentHost();
    const home = freshHome();
    mkdirSync(join(home.XDG_CONFIG_HOME ?? '', 'martlet/clusters'), { recursive: true });
    writeFileSync(
      join(home.XDG_CONFIG_HOME ?? '', 'martlet/clusters/abci3.yaml'),
      `martlet: 1\nlogin: {host: 127.0.0.1, port: ${port}, user: nobody, transport: ${transport}}\n`,
    );
    const words = ['--cluster', 'abci3', '--yes', '--set', 'stages.cpt.optimizer.lrr=1'];
    // A connection that is waited for is given up after 30 seconds, longer than this test may take.
    const out = await martlet(['submit', RECIPE, ...words], home);
    expect([out.code, out.stdout + out.stderr]).toEqual([1, expect.stringContaining('lrr')]);
    await Promise.all(met.map(closed));
    expect(met.length, 'none, where ssh was not quick enough').toBeLessThanOrEqual(1);
    server.close();
  });
});
