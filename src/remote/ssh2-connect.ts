import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import ssh2, { type Client } from 'ssh2';
import { Trouble } from '../model/trouble.ts';
import { connectTrouble, type Failure, type Whither } from './connect-trouble.ts';
import type { Destination } from './login.ts';
import { lacksProgram } from './openssh-said.ts';
import { plainWords } from './openssh-words.ts';
import { typed } from './over.ts';
import type { Patience } from './patience.ts';
import { guardKeys, hostKeyAlgorithms } from './ssh2-hostkey.ts';
import { type LoginRecord, loginSteps } from './ssh2-login.ts';
import { type HopSettings, hopSettings, readJump, type SettingsPlaces } from './ssh2-settings.ts';

export interface ConnectOptions extends SettingsPlaces {
  readonly patience: Patience;
  readonly connectMs: number;
  readonly aliveSeconds: number;
  readonly aliveTimes: number;
}

/** The login node's client, and all that the way to it needs. */
export interface Chain {
  readonly client: Client;
  end(): Promise<void>;
}

/** A stream to the other side: of this machine, a jump host's channel, or a program. */
interface Socket {
  readonly stream: Duplex;
  /** What a program said. */
  readonly said: () => string;
  end(): void;
}

const DEEPEST = 8;

const failureOf = ({ code, level }: Error & { code?: unknown; level?: string }): Failure => {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown-name';
  if (['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'].includes(`${code}`)) return 'refused';
  if (code === 'ETIMEDOUT') return 'timed-out';
  // 14: no more methods, 2: too many failures in OpenSSH's words (RFC 4253, 11.1).
  return level === 'client-authentication' || code === 14 || code === 2 ? 'denied' : 'closed';
};

/** A name with several addresses fails with an error of errors, whose own message is empty. */
const messageOf = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map(each => (each as Error).message).join('\n') : error.message;

const deniedTrouble = (to: Whither, record: LoginRecord, said: string): Trouble => {
  const lines = [
    said,
    `offered by the other side: ${record.offered().join(', ') || 'nothing'}`,
    `tried: ${record.tried.join(', ') || 'nothing'}`,
    ...record.notes,
  ];
  return connectTrouble(record.lacksPerson() ? 'unasked' : 'denied', to, lines.join('\n'));
};

/** One hop: keys checked, logged in. Rejects with a Trouble. */
const connectHop = (settings: HopSettings, to: Whither, socket: Socket, options: ConnectOptions): Promise<Client> => {
  const { patience } = options;
  const guard = guardKeys(settings, to, patience.prompt);
  const login = loginSteps(settings, patience.prompt);
  const client = new ssh2.Client();
  return new Promise((done, fail) => {
    const refuse = (trouble: Trouble): void => {
      patience.over.removeEventListener('abort', late);
      client.destroy();
      fail(guard.refusal() ?? trouble);
    };
    const late = (): void =>
      refuse(connectTrouble('timed-out', to, `${socket.said()}no login within ${options.connectMs / 1000} seconds`));
    const broken = (error: Error & { level?: string }): void => {
      // An agent's key that could not sign: the library goes on with the next.
      if (error.level === 'agent') return;
      const failure = failureOf(error);
      const said = `${socket.said()}${messageOf(error)}`;
      refuse(failure === 'denied' ? deniedTrouble(to, login.record, said) : connectTrouble(failure, to, said));
    };
    patience.over.addEventListener('abort', late);
    client
      .on('error', broken)
      .once('close', () => broken(new Error('the other side closed the connection')))
      .once('handshake', () => guard.remember())
      .once('change password', () => broken(new Error('the other side wants a new password')))
      .once('ready', () => {
        patience.over.removeEventListener('abort', late);
        done(client);
      })
      .connect({
        sock: socket.stream,
        username: settings.user,
        // Patience counts instead, because it stands still while a person types.
        readyTimeout: 0,
        keepaliveInterval: options.aliveSeconds * 1000,
        keepaliveCountMax: options.aliveTimes,
        algorithms: { serverHostKey: hostKeyAlgorithms(settings) as [] },
        hostVerifier: (key: Buffer, verify: (isTaken: boolean) => void) =>
          void guard.verify(key).then(verify, () => verify(false)),
        authHandler: login.handler as never,
        debug: login.debug,
      });
  });
};

const overTcp = ({ hostName, port }: HopSettings): Socket => {
  // Without it every small packet waits for the other side's delayed acknowledgement, 40 ms a time.
  const stream = connect({ host: hostName, port, noDelay: true });
  return { stream, said: () => '', end: () => stream.destroy() };
};

/** What the program started belongs to it: a proxy is often a pipe of several. */
const killGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
};

/** A program as the way there, in the words of ssh: its stdin and stdout are the connection. */
const throughProgram = (command: string, { env }: ConnectOptions): Socket => {
  const child = execa(env.SHELL || '/bin/sh', ['-c', `exec ${command}`], {
    reject: false,
    buffer: false,
    env,
    extendEnv: false,
    detached: true,
    cleanup: true,
  });
  const words: Buffer[] = [];
  child.stderr.on('data', chunk => words.push(chunk));
  const stream = child.duplex();
  stream.on('error', () => undefined);
  return {
    stream,
    said: () => (words.length === 0 ? '' : `${Buffer.concat(words).toString().trim()}\n`),
    end: () => {
      stream.destroy();
      killGroup(child.pid);
    },
  };
};

const through = (jump: Client, settings: HopSettings, to: Whither): Promise<Duplex> =>
  new Promise((done, fail) => {
    jump.forwardOut('127.0.0.1', 0, settings.hostName, settings.port, (error, stream) => {
      if (error) fail(connectTrouble('jump', to, `${settings.hostName}:${settings.port}: ${error.message}`));
      else done(stream);
    });
  });

/** The plain failures of a jump host are failures of the way; what it says of keys and passwords stands for itself. */
const PLAIN = new Set(['MRT-W060', 'MRT-W061', 'MRT-W062', 'MRT-W063']);

const asJump = (error: unknown, to: Whither): unknown => {
  if (!(error instanceof Trouble) || !PLAIN.has(error.facts.code)) return error;
  const { doing, said = '' } = error.facts;
  return connectTrouble(lacksProgram(said) ? 'program' : 'jump', to, `${doing}: ${said}`);
};

const whitherOf = (to: Destination, { configPath }: ConnectOptions): Whither => ({
  name: to.user === undefined ? to.host : `${to.user}@${to.host}`,
  command: typed(plainWords(to, configPath)),
});

/** The last of several jump hosts is reached through the others; a single one by what the config says of it (ssh -J does so, too). */
const jumpTo = async (
  jumps: readonly string[],
  to: Whither,
  options: ConnectOptions,
  depth: number,
): Promise<Chain> => {
  try {
    return await openChain({ ...readJump(jumps.at(-1) ?? ''), via: jumps.slice(0, -1) }, undefined, options, depth + 1);
  } catch (error) {
    throw asJump(error, to);
  }
};

/** Opens the way to one hop, logs in over it, and takes it down again when that fails. */
const overSocket = async (
  socket: Socket,
  settings: HopSettings,
  to: Whither,
  options: ConnectOptions,
  endOthers: () => Promise<void>,
): Promise<Chain> => {
  try {
    return chainOf(await connectHop(settings, to, socket, options), socket, endOthers);
  } catch (error) {
    socket.end();
    await endOthers();
    throw error;
  }
};

const throughJump = async (
  settings: HopSettings,
  to: Whither,
  options: ConnectOptions,
  depth: number,
): Promise<Chain> => {
  const jump = await jumpTo(settings.jumps, to, options, depth);
  const stream = await through(jump.client, settings, to).catch(async error => {
    await jump.end();
    throw error;
  });
  return overSocket({ stream, said: () => '', end: () => stream.destroy() }, settings, to, options, jump.end);
};

/** Connects through as many hops as it takes. Rejects with a Trouble. */
export const openChain = async (
  destination: Destination,
  named: Whither | undefined,
  options: ConnectOptions,
  depth = 0,
): Promise<Chain> => {
  const to = named ?? whitherOf(destination, options);
  const settings = hopSettings(destination, options);
  const nothing = async (): Promise<void> => undefined;
  if (depth > DEEPEST)
    throw connectTrouble('jump', to, 'the jump hosts of the ssh config lead through one another without an end');
  if (settings.jumps.length > 0) return throughJump(settings, to, options, depth);
  if (settings.proxyCommand === undefined) return overSocket(overTcp(settings), settings, to, options, nothing);
  try {
    return await overSocket(throughProgram(settings.proxyCommand, options), settings, to, options, nothing);
  } catch (error) {
    throw asJump(error, to);
  }
};

/** How long a goodbye may take. */
const GOODBYE_MS = 1000;

/** The way is kept until the goodbye has gone over it, or nobody has taken it. */
const chainOf = (client: Client, socket: Socket, endOthers: () => Promise<void>): Chain => {
  const closed = new Promise<void>(done => void client.once('close', () => done()));
  return {
    client,
    end: async () => {
      client.end();
      const waiting = new AbortController();
      await Promise.race([closed, sleep(GOODBYE_MS, undefined, { signal: waiting.signal }).catch(() => undefined)]);
      waiting.abort();
      socket.end();
      await endOthers();
    },
  };
};
