import http from 'node:http';
import net from 'node:net';

/**
 * A TCP proxy on 127.0.0.1 that misbehaves on request: faultproxy.ts LISTEN_PORT TARGET_PORT CONTROL_PORT.
 * POST a Wish as JSON to the control port; GET answers the state. What is said applies to open connections too, where that
 * makes sense.
 */
export interface Wish {
  /** `refuse`: stop listening. `reset`, `eof`: new connections end at once. `blackhole`: silence, for open ones as well. */
  readonly mode?: 'pass' | 'refuse' | 'reset' | 'blackhole' | 'eof';
  /** Each chunk, both ways, arrives so many milliseconds later. */
  readonly delay?: number;
  /** At most so many bytes per second each way; 0: no limit. */
  readonly rate?: number;
  /** A connection is reset once so many bytes came from the server; 0: never. */
  readonly cut?: number;
  /** `mode` and `cut` hit only the next so many connections. */
  readonly next?: number;
  /** 1: reset every open connection now. */
  readonly kill?: number;
}

interface Connection {
  readonly client: net.Socket;
  upstream?: net.Socket;
  readonly cut: number;
  readonly isHole: boolean;
  bytes: number;
}

const HOST = '127.0.0.1';
const MODES = ['pass', 'refuse', 'reset', 'blackhole', 'eof'];
const state = { mode: 'pass' as NonNullable<Wish['mode']>, delay: 0, rate: 0, cut: 0, next: 0 };
const seen = { accepted: 0, faulted: 0 };
const open = new Set<Connection>();

const sleepUntil = (time: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, Math.max(0, time - Date.now())));

const reset = (connection: Connection): void => {
  open.delete(connection);
  connection.client.resetAndDestroy();
  connection.upstream?.resetAndDestroy();
};

const isSilent = (connection: Connection): boolean => connection.isHole || state.mode === 'blackhole';

/** Waits until the network carries again; false when the connection was closed meanwhile. */
const carries = async (connection: Connection): Promise<boolean> => {
  while (isSilent(connection)) {
    if (connection.isHole || !open.has(connection)) return false;
    await sleepUntil(Date.now() + 50);
  }
  return true;
};

/** Keeps order: each chunk is handed on when its own due time has come and the one before it has gone. */
const pipe = (from: net.Socket, to: net.Socket, connection: Connection, isAnswer: boolean): void => {
  let last = Promise.resolve();
  let freeAt = 0;
  const handOn = async (chunk: Buffer, due: number): Promise<void> => {
    await sleepUntil(due);
    const room = connection.cut - connection.bytes;
    if (isAnswer && connection.cut > 0 && chunk.length >= room) {
      to.write(chunk.subarray(0, room));
      return reset(connection);
    }
    if (isAnswer) connection.bytes += chunk.length;
    if (state.rate > 0) {
      freeAt = Math.max(freeAt, Date.now()) + (chunk.length / state.rate) * 1000;
      await sleepUntil(freeAt);
    }
    if ((await carries(connection)) && !to.destroyed) to.write(chunk);
  };
  from.on('data', (chunk: Buffer) => {
    const due = Date.now() + state.delay;
    last = last.then(() => handOn(chunk, due));
    if (state.rate > 0) {
      from.pause();
      void last.then(() => from.resume());
    }
  });
  from.on('end', () => {
    last = last.then(async () => {
      if (await carries(connection)) to.end();
    });
  });
};

/** The fault of the next connection, used up. */
const spend = (): { mode: string; cut: number } => {
  const { mode, cut } = state;
  if (mode === 'pass' && cut === 0) return { mode, cut };
  seen.faulted += 1;
  if (state.next > 0) {
    state.next -= 1;
    if (state.next === 0) Object.assign(state, { mode: 'pass', cut: 0 });
  }
  return { mode, cut };
};

const accept = (client: net.Socket, target: number): void => {
  seen.accepted += 1;
  const { mode, cut } = spend();
  client.on('error', () => {});
  if (mode === 'reset') return void client.resetAndDestroy();
  if (mode === 'eof') return void client.end();
  const connection: Connection = { client, cut, isHole: mode === 'blackhole', bytes: 0 };
  open.add(connection);
  const drop = (): void => {
    open.delete(connection);
    client.destroy();
    connection.upstream?.destroy();
  };
  client.on('close', drop);
  if (connection.isHole) return void client.resume();
  const upstream = net.connect({ host: HOST, port: target, allowHalfOpen: true });
  connection.upstream = upstream;
  upstream.on('error', () => reset(connection));
  upstream.on('close', drop);
  pipe(client, upstream, connection, false);
  pipe(upstream, client, connection, true);
};

const set = ({ kill, mode, ...numbers }: Wish): void => {
  if (mode !== undefined && !MODES.includes(mode)) throw new Error(`mode is one of ${MODES.join(', ')}`);
  for (const [key, value] of Object.entries(numbers)) {
    if (!(key in state)) throw new Error(`there is no key ${key}`);
    if (!(Number.isFinite(value) && value >= 0)) throw new Error(`${key} is a number from 0`);
  }
  Object.assign(state, numbers, mode === undefined ? {} : { mode });
  if (kill) for (const each of [...open]) reset(each);
};

const serve = (listen: number, target: number, control: number): void => {
  const server = net.createServer({ allowHalfOpen: true }, client => accept(client, target));
  const settle = (): Promise<void> =>
    new Promise(done => {
      if (state.mode === 'refuse' && server.listening) {
        // The callback would wait for open connections; the port is closed at once.
        server.close();
        setImmediate(done);
      } else if (state.mode !== 'refuse' && !server.listening) server.listen(listen, HOST, done);
      else done();
    });
  const answer = async (request: http.IncomingMessage): Promise<object> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'POST') set(JSON.parse(Buffer.concat(chunks).toString() || '{}'));
    await settle();
    return { ...state, ...seen, open: open.size, listening: server.listening };
  };
  const controller = http.createServer((request, response) => {
    answer(request).then(
      now => response.end(`${JSON.stringify(now)}\n`),
      error => response.writeHead(400).end(`${JSON.stringify({ error: String(error) })}\n`),
    );
  });
  server.listen(listen, HOST, () => controller.listen(control, HOST));
};

serve(...(process.argv.slice(2).map(Number) as [number, number, number]));
