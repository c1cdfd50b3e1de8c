import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Trouble } from '../model/trouble.ts';

/**
 * A socket's path may have 103 bytes on macOS and 107 on Linux (unix(7)), and ssh makes it under a name with 17 more before
 * it moves it to its place.
 */
const LONGEST_BYTES = 103 - 17;

interface SocketPlaces {
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
  readonly folder?: string | undefined;
}

const candidates = ({ env, uid, folder }: SocketPlaces): string[] => [
  ...(folder === undefined ? [] : [folder]),
  ...(env.XDG_RUNTIME_DIR && isAbsolute(env.XDG_RUNTIME_DIR) && existsSync(env.XDG_RUNTIME_DIR)
    ? [join(env.XDG_RUNTIME_DIR, 'martlet')]
    : []),
  `/tmp/martlet-${uid}`,
];

/** Whoever can write there can speak as this person on the cluster. */
const whyUnsafe = (folder: string, uid: number): string | undefined => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const seen = lstatSync(folder);
    if (!seen.isDirectory()) return `${folder} is not a folder`;
    if (seen.uid !== uid) return `${folder} belongs to user ${seen.uid}`;
    if ((seen.mode & 0o077) !== 0) return `${folder} is open to others (mode ${(seen.mode & 0o777).toString(8)})`;
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

/** Where the socket of this connection is, in a folder that nobody else can enter. Throws a Trouble when there is none. */
export const socketPath = (key: string, places: SocketPlaces): string => {
  const refused: string[] = [];
  for (const folder of candidates(places)) {
    const path = join(folder, key);
    const why =
      Buffer.byteLength(path) > LONGEST_BYTES ? `${path} is too long for a socket` : whyUnsafe(folder, places.uid);
    if (why === undefined) return path;
    refused.push(why);
  }
  throw new Trouble({
    code: 'MRT-W027',
    doing: "finding a place for the socket of ssh's connection",
    said: refused.join('\n'),
    left: 'nothing was connected.',
    hint: `chmod 700 the folder when it is yours, or set XDG_RUNTIME_DIR to a folder of your own with a short path.`,
  });
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/**
 * The name of a connection: equal places in an equal config share one. The config's text is in it, so that a changed HostName
 * does not go on to the old machine.
 */
export const socketKey = (facts: unknown, configPath: string | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify([facts, configPath ?? '']))
    .update(textOf(configPath ?? join(homedir(), '.ssh', 'config')))
    .digest('hex')
    .slice(0, 20);

/** Somebody listens at the socket. A file that a dead master left refuses; ssh itself removes it when it makes a new one. */
export const isListening = (path: string): Promise<boolean> =>
  new Promise(done => {
    if (!existsSync(path)) return done(false);
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
