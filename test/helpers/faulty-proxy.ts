import { connect, createServer, type Socket } from 'node:net';

/**
 * `pass`: bytes go through. `reset`: a TCP reset at once. `close`: an end at once. `blackhole`: connected, and nothing more.
 * `answered`, `sent`: so many bytes of the other side, or of this one, go through; then everything is reset.
 */
export type Fault =
  | { readonly kind: 'pass' | 'reset' | 'close' | 'blackhole' }
  | { readonly kind: 'answered' | 'sent'; readonly bytes: number };

export interface FaultyProxy {
  readonly port: number;
  /** How many connections have been made through it. */
  connections(): number;
  /** For the connections to come. */
  set(fault: Fault): void;
  /** What is on its way through it stays there, in both directions, and nobody is told. */
  freeze(): void;
  /** Every open connection is reset now. */
  cut(): void;
  stop(): Promise<void>;
}

/** A TCP proxy in front of a port of this machine, which fails as asked. */
export const startFaultyProxy = async (to: number): Promise<FaultyProxy> => {
  const state = { fault: { kind: 'pass' } as Fault, connections: 0 };
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  };

  const forward = (client: Socket, fault: Fault): void => {
    const server = connect(to, '127.0.0.1');
    keep(server);
    const cutBoth = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const carry = (from: Socket, into: Socket, limit: number): void => {
      let bytes = 0;
      from.on('data', chunk => {
        bytes += chunk.length;
        into.write(bytes > limit ? chunk.subarray(0, Math.max(0, chunk.length - (bytes - limit))) : chunk);
        if (bytes > limit) cutBoth();
      });
      from.once('end', () => into.end());
      from.once('close', () => into.destroy());
    };
    carry(client, server, fault.kind === 'sent' ? fault.bytes : Number.POSITIVE_INFINITY);
    carry(server, client, fault.kind === 'answered' ? fault.bytes : Number.POSITIVE_INFINITY);
  };

  const server = createServer(client => {
    const { fault } = state;
    keep(client);
    state.connections += 1;
    if (fault.kind === 'reset') client.resetAndDestroy();
    else if (fault.kind === 'close') client.end();
    else if (fault.kind !== 'blackhole') forward(client, fault);
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as { port: number }).port,
    connections: () => state.connections,
    set: fault => {
      state.fault = fault;
    },
    freeze: () => {
      for (const socket of open) socket.pause();
    },
    cut: () => {
      for (const socket of open) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise(done => server.close(done));
    },
  };
};
