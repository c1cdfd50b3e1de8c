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

const closed = (socket: Socket | undefined): Promise<void> =>
  new Promise((done, fail) => {
    if (!socket) fail(new Error('nobody came'));
    else if (socket.closed) done();
    else socket.once('close', () => done());
  });

describe.each(['ssh', 'ssh2'])('a submit that asks nothing, over %s', transport => {
  test('connects while it plans, and lets go of a connection that a mistake in the recipe made needless', async () => {
    const { port, met, server } = await silentHost();
    const home = freshHome();
    mkdirSync(join(home.XDG_CONFIG_HOME ?? '', 'martlet/clusters'), { recursive: true });
    writeFileSync(
      join(home.XDG_CONFIG_HOME ?? '', 'martlet/clusters/abci3.yaml'),
      `martlet: 1\nlogin: {host: 127.0.0.1, port: ${port}, user: nobody, transport: ${transport}}\n`,
    );
    const words = ['--cluster', 'abci3', '--yes', '--set', 'stages.cpt.optimizer.lrr=1'];
    // A connection that is waited for is given up after 30 seconds, longer than a test may take.
    const out = await martlet(['submit', RECIPE, ...words], home);
    expect([out.code, out.stdout + out.stderr]).toEqual([1, expect.stringContaining('lrr')]);
    await closed(met[0]);
    expect(met).toHaveLength(1);
    server.close();
  });
});
