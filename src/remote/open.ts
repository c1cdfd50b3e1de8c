import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Whither } from './connect-trouble.ts';
import { hyperpodDestination, hyperpodName } from './hyperpod.ts';
import { type Destination, destinationOf, isHyperpod, type Login } from './login.ts';
import { plainWords } from './openssh-words.ts';
import { ALIVE_SECONDS, ALIVE_TIMES, CONNECT_MS, PERSIST_SECONDS, type RemoteOptions } from './options.ts';
import { type Line, remoteOver, typed } from './over.ts';
import type { Remote } from './remote.ts';

const isProgramHere = (name: string, env: NodeJS.ProcessEnv): boolean =>
  (env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** How to get there: at once for a name or address, through questions to AWS for HyperPod. */
interface Route {
  readonly known: Destination;
  readonly find: () => Promise<Destination>;
}

const routeOf = (login: Login, options: RemoteOptions): Route => {
  if (!isHyperpod(login)) {
    const known = destinationOf(login);
    return { known, find: async () => known };
  }
  const known = hyperpodName(login.hyperpod, login);
  // runHere adds to this process's environment.
  const env = Object.fromEntries(Object.entries(options.env ?? {}).map(([name, value]) => [name, value ?? '']));
  const aws = async (argv: readonly string[]) =>
    (await import('./run.ts')).runHere(argv, { timeoutMs: options.timeoutMs ?? CONNECT_MS }, env);
  return { known, find: () => hyperpodDestination(login.hyperpod, login, aws) };
};

const whitherOf = (known: Destination, configPath: string | undefined): Whither => ({
  name: known.user === undefined ? known.host : `${known.user}@${known.host}`,
  command: typed(plainWords(known, configPath)),
});

const sshLineTo = async (login: Login, route: Route, options: RemoteOptions): Promise<Line> => {
  const [{ sshLine }, { socketKey, socketPath }] = await Promise.all([
    import('./openssh.ts'),
    import('./openssh-socket.ts'),
  ]);
  const env = options.env ?? process.env;
  const places = { env, uid: process.getuid?.() ?? 0, folder: options.socketFolder };
  const connectMs = options.timeoutMs ?? CONNECT_MS;
  return sshLine({
    env,
    connectMs,
    known: route.known,
    findDestination: route.find,
    whither: whitherOf(route.known, options.configPath),
    configPath: options.configPath,
    early: options.early,
    socket: socketPath(socketKey(login, options.configPath), places),
    hasTerminal: options.prompt !== undefined,
    // A second less than what martlet itself waits, so that ssh says in its own words where it stopped.
    connectSeconds: Math.max(1, Math.floor(connectMs / 1000) - 1),
    aliveSeconds: options.aliveSeconds ?? ALIVE_SECONDS,
    aliveTimes: ALIVE_TIMES,
    persistSeconds: options.persistSeconds ?? PERSIST_SECONDS,
    endsMaster: options.endsMaster ?? false,
  });
};

const ssh2LineTo = async (route: Route, options: RemoteOptions): Promise<Line> => {
  const { ssh2Line } = await import('./ssh2.ts');
  const env = options.env ?? process.env;
  return ssh2Line({
    env,
    home: env.HOME || homedir(),
    prompt: options.prompt,
    findDestination: route.find,
    whither: whitherOf(route.known, options.configPath),
    configPath: options.configPath,
    early: options.early,
    connectMs: options.timeoutMs ?? CONNECT_MS,
    aliveSeconds: options.aliveSeconds ?? ALIVE_SECONDS,
    aliveTimes: ALIVE_TIMES,
  });
};

/**
 * A machine behind ssh, connected unless `early`: a connection that cannot be made is a Trouble with exit code 3. One that is
 * lost later is made anew by the next `run`. The transport is what the options or the login say, else the system's ssh, else
 * ssh2.
 */
export const openRemote = async (login: Login, options: RemoteOptions = {}): Promise<Remote> => {
  const asked = options.transport ?? (typeof login === 'object' ? login.transport : undefined);
  const transport = asked ?? (isProgramHere('ssh', options.env ?? process.env) ? 'ssh' : 'ssh2');
  const route = routeOf(login, options);
  const line = await (transport === 'ssh' ? sshLineTo(login, route, options) : ssh2LineTo(route, options));
  if (options.early !== undefined) return remoteOver(begun(line), options);
  await line.connect();
  return remoteOver(line, options);
};

/** Connecting already. What hinders it is told by the first talk; nobody may come to hear it. */
const begun = (line: Line): Line => {
  let opening: Promise<void> | undefined = line.connect();
  opening.catch(() => undefined);
  const talk: Line['talk'] = async (letter, waitMs) => {
    const first = opening;
    opening = undefined;
    await first;
    return line.talk(letter, waitMs);
  };
  return { ...line, talk };
};
