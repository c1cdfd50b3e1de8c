import { rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';

/** What becomes of a question: it goes through, or the connection ends at some moment of it. */
export type Fate =
  | 'through'
  /** The engine never hears it. */
  | 'before'
  /** The engine has answered, and nothing of that arrives. */
  | 'answer-lost'
  /** The answer ends in its middle. */
  | 'answer-cut';

/** A socket between us and a real engine, on which connections end as `fate` says for the first line of each question. */
export interface Proxy {
  readonly path: string;
  fate: (question: string) => Fate;
  close(): Promise<void>;
}

const serve = (client: Socket, engine: string, proxy: Proxy): void => {
  const upstream = createConnection(engine);
  let fate: Fate = 'through';
  const end = (): void => {
    client.destroy();
    upstream.destroy();
  };
  client.on('data', chunk => {
    const [question = ''] = chunk.toString('latin1').split('\r\n');
    if (/ HTTP\/1\.1$/.test(question)) fate = proxy.fate(question);
    if (fate === 'before') end();
    else upstream.write(chunk);
  });
  upstream.on('data', chunk => {
    if (fate === 'through') client.write(chunk);
    else if (fate === 'answer-cut') client.write(chunk.subarray(0, Math.ceil(chunk.length * 0.9)), end);
    else end();
  });
  for (const each of [client, upstream]) each.on('error', end).on('close', end);
};

export const startProxy = (path: string, engine: string): Promise<Proxy> =>
  new Promise(done => {
    const open = new Set<Socket>();
    const server = createServer(client => {
      open.add(client);
      client.on('close', () => open.delete(client));
      serve(client, engine, proxy);
    });
    const proxy: Proxy = {
      path,
      fate: () => 'through',
      close: () =>
        new Promise(closed => {
          for (const each of open) each.destroy();
          server.close(() => {
            rmSync(path, { force: true });
            closed();
          });
        }),
    };
    server.listen(path, () => done(proxy));
  });
