import { execFileSync } from 'node:child_process';
import net from 'node:net';
import type { Answer, Call } from './model.ts';

/** Bytes of a connection, taken field by field (up to a NUL) or by count. */
const reader = (socket: net.Socket) => {
  let buffer = Buffer.alloc(0);
  let isOver = false;
  let wake = (): void => {};
  socket.on('data', chunk => {
    buffer = Buffer.concat([buffer, chunk as Buffer]);
    wake();
  });
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  const more = (): Promise<void> => {
    if (isOver) throw new Error('the client is gone');
    return new Promise(resolve => {
      wake = resolve;
    });
  };
  const bytes = async (count: number): Promise<Buffer> => {
    while (buffer.length < count) await more();
    const taken = buffer.subarray(0, count);
    buffer = buffer.subarray(count);
    return taken;
  };
  const field = async (): Promise<string> => {
    while (!buffer.includes(0)) await more();
    const taken = await bytes(buffer.indexOf(0));
    await bytes(1);
    // Latin-1 keeps every byte, also those that are no UTF-8.
    return taken.toString('latin1');
  };
  return { field, bytes };
};

const users = new Map<number, { user: string; home: string }>();
const userOf = (uid: number): { user: string; home: string } => {
  const known = users.get(uid);
  if (known) return known;
  const [user = '', , , , , home = ''] = execFileSync('getent', ['passwd', String(uid)], { encoding: 'utf8' })
    .trim()
    .split(':');
  users.set(uid, { user, home });
  return { user, home };
};

const readCall = async (socket: net.Socket): Promise<Call> => {
  const { field, bytes } = reader(socket);
  const [program, cwd, uid, , host, timeZone, count] = [
    ...[await field(), await field(), await field(), await field()],
    ...[await field(), await field(), await field()],
  ] as [string, string, string, string, string, string, string];
  const argv: string[] = [];
  while (argv.length < Number(count)) argv.push(await field());
  const env: Record<string, string> = {};
  for (let pair = await field(); pair !== ''; pair = await field()) {
    const at = pair.indexOf('=');
    env[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return {
    ...{ program, argv, cwd, uid: Number(uid), ...userOf(Number(uid)), host, env },
    timeZone: timeZone === 'unset' ? undefined : timeZone,
    read: async path => {
      socket.write(Buffer.from(`need\0${path}\0`, 'latin1'));
      const size = await field();
      return size.startsWith('-') ? size.slice(1) : bytes(Number(size));
    },
  };
};

const bytesOf = (text: string | Buffer | undefined): Buffer =>
  Buffer.isBuffer(text) ? text : Buffer.from(text ?? '', 'latin1');

const send = (socket: net.Socket, { code, stdout, stderr }: Answer): void => {
  const [out, err] = [bytesOf(stdout), bytesOf(stderr)];
  socket.end(Buffer.concat([Buffer.from(`done\0${code}\0${out.length}\0${err.length}\0`), out, err]));
};

/** Answers every command that calls; texts are bytes in Latin-1 from end to end. */
export const listen = (port: number, answer: (call: Call) => Promise<Answer>): Promise<net.Server> => {
  const server = net.createServer(socket => {
    socket.on('error', () => {});
    readCall(socket)
      .then(answer)
      .then(
        said => send(socket, said),
        error => {
          console.error(error);
          socket.destroy();
        },
      );
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
};
