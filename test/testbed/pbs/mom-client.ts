import net from 'node:net';
import { join } from 'node:path';
import type { Request, TaskStatus } from './mom.ts';

export interface Mom {
  status(): Promise<readonly TaskStatus[]>;
  /** False: the output could not be put where it belongs. */
  deliver(id: string): Promise<boolean>;
  tell(request: Request): Promise<void>;
}

const ask = (path: string, request: Request): Promise<unknown> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(path, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', chunk => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => (text === '' ? reject(new Error('no answer')) : resolve(JSON.parse(text))));
  });

/** The execution hosts, as the server reaches them. */
export const momOf = (folder: string): Mom => {
  const path = join(folder, 'mom.sock');
  return {
    status: async () => (await ask(path, { verb: 'status' })) as TaskStatus[],
    deliver: async id => (await ask(path, { verb: 'deliver', id })) !== false,
    tell: async request => {
      await ask(path, request);
    },
  };
};
