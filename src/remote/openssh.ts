import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../model/trouble.ts';
import { tooLong } from './answer-limit.ts';
import { connectTrouble, type Whither } from './connect-trouble.ts';
import type { Destination } from './login.ts';
import { type Channel, openChannel, type Spoken } from './openssh-channel.ts';
import { hasNeverConnected, isProxied, readSshFailure, withOldFingerprint } from './openssh-said.ts';
import { isListening } from './openssh-socket.ts';
import { endWords, explainWords, NO_MASTER, openWords, type SshWays, talkWords } from './openssh-words.ts';
import type { Line, Talk, TalkEnd } from './over.ts';
import { COMMAND, type Letter } from './wire.ts';

export interface SshOptions extends SshWays {
  readonly env: NodeJS.ProcessEnv;
  readonly connectMs: number;
  readonly endsMaster: boolean;
  readonly early: AbortSignal | undefined;
  readonly whither: Whither;
  /** Where to go; asked only when there is no connection yet, because finding out may take a while. */
  readonly findDestination: () => Promise<Destination>;
  /** Enough to reach the master that is there. */
  readonly known: Destination;
}

/** A person may look for a phone; a server that hangs must not hang martlet for ever. */
const PERSON_MS = 600_000;

const noSsh = (whither: Whither): Trouble =>
  connectTrouble(
    'program',
    whither,
    'there is no program ssh on the PATH of this machine',
    'install OpenSSH (the program ssh), or write transport: ssh2 into login: of the cluster; then type the same command again.',
  );

interface Ended {
  readonly code: number | undefined;
  readonly isLate: boolean;
  readonly said: string;
}

/**
 * Runs ssh with its words in a file and not in a pipe: a master keeps what it was given as long as the connection lasts, and
 * whoever waits for the pipe's end waits as long. Where a person is asked, what ssh says goes to the terminal itself, because
 * a site's words come before its question and not after it.
 */
const runSsh = async (words: readonly string[], options: SshOptions, hasTerminal: boolean): Promise<Ended> => {
  const path = `${options.socket}.${randomBytes(4).toString('hex')}.said`;
  const { execa } = await import('execa');
  const fd = openSync(path, 'a+', 0o600);
  try {
    const done = await execa('ssh', words, {
      reject: false,
      stdin: 'ignore',
      // Any open file will do; execa's types name the first ones only.
      stdout: fd as 1,
      stderr: hasTerminal ? 'inherit' : (fd as 2),
      cwd: '/',
      env: options.env,
      extendEnv: false,
      cleanup: true,
      ...(options.early ? { cancelSignal: options.early } : {}),
      // Where ssh asks on the terminal it must stay in the foreground.
      ...(hasTerminal ? { timeout: PERSON_MS } : { timeout: options.connectMs, killDescendants: true }),
    });
    if (done.code === 'ENOENT') throw noSsh(options.whither);
    return { code: done.exitCode, isLate: done.timedOut, said: readFileSync(path, 'utf8') };
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
};

/**
 * A master silences its jump host's ssh or its proxy (sshconnect.c), and on a terminal nothing was kept: once more, without
 * being a master and without a question, ssh is heard.
 */
const heardAgain = async (to: Destination, ended: Ended, options: SshOptions): Promise<string> => {
  if (!options.hasTerminal && !isProxied(ended.said)) return ended.said;
  const again = await runSsh(explainWords(to, options), options, false);
  return again.code === 0 || again.isLate ? ended.said : again.said;
};

const openingTrouble = async (to: Destination, ended: Ended, options: SshOptions): Promise<Trouble> => {
  const { whither, hasTerminal } = options;
  const waitedMs = hasTerminal ? PERSON_MS : options.connectMs;
  if (ended.isLate)
    return connectTrouble('timed-out', whither, `${ended.said}no login within ${waitedMs / 1000} seconds`);
  if (ended.code === 255 || ended.code === undefined) {
    const said = withOldFingerprint(await heardAgain(to, ended, options));
    return connectTrouble(readSshFailure(said, { hasTerminal }), whither, said);
  }
  return new Trouble({
    code: 'MRT-W071',
    doing: `running a first command on ${whither.name}`,
    command: `${whither.command} 'exec true'`,
    said: ended.said.trim() || `exit code ${ended.code}`,
    left: 'the login works, but nothing was run.',
    hint: `type "${whither.command}" and see whether commands can be run there.`,
  });
};

const openMaster = async (options: SshOptions): Promise<void> => {
  const to = await options.findDestination();
  const ended = await runSsh(openWords(to, options), options, options.hasTerminal);
  options.early?.throwIfAborted();
  if (ended.code !== 0) throw await openingTrouble(to, ended, options);
  if (await isListening(options.socket)) return;
  throw connectTrouble('closed', options.whither, `${ended.said}ssh left no connection at ${options.socket}`);
};

/** Between two looks for the socket. */
const LOOK_MS = 5;

/**
 * Opens the connection by a channel that the first letter can go over: a process and a round trip less. Nothing is said before
 * the master is there, so what fails until then has run nothing. Nobody can be asked on this way.
 */
const openWithChannel = async (options: SshOptions): Promise<Channel> => {
  const to = await options.findDestination();
  options.early?.throwIfAborted();
  const channel = openChannel(openWords(to, options, COMMAND), options.env);
  const giveUp = (): void => channel.killAll();
  options.early?.addEventListener('abort', giveUp);
  try {
    const ended = await untilListening(channel, options);
    options.early?.throwIfAborted();
    if (ended === undefined) return channel;
    throw await openingTrouble(to, ended, options);
  } catch (error) {
    // Alive, it would keep this process alive, too.
    channel.killAll();
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? noSsh(options.whither) : error;
  } finally {
    options.early?.removeEventListener('abort', giveUp);
  }
};

/** undefined: somebody listens at the socket. Else how ssh ended, or that it took too long. */
const untilListening = async (channel: Channel, options: SshOptions): Promise<Ended | undefined> => {
  const deadline = Date.now() + options.connectMs;
  while (!options.early?.aborted) {
    if (await isListening(options.socket)) return undefined;
    const hasEnded = await Promise.race([channel.ended.then(() => true), sleep(LOOK_MS, false)]);
    if (hasEnded) return { code: await channel.ended, isLate: false, said: channel.stderrSoFar() };
    if (Date.now() > deadline) return { code: undefined, isLate: true, said: channel.stderrSoFar() };
  }
  return undefined;
};

/** ssh's words about its master, apart from what the far side said. */
const endOf = ({ code, isLate, isOver, ...heard }: Spoken): TalkEnd => {
  if (isOver) return 'over';
  if (isLate) return 'late';
  const stderr = heard.stderr.toString();
  if (!stderr.includes(NO_MASTER)) return code === 255 || code === undefined ? 'cut' : 'shut';
  const remarks = stderr.split('\n').filter(each => each.startsWith('mux_client_'));
  if (remarks.length === 0) return 'unsaid';
  // "session request failed: Session open refused by peer": the master said no before anything was run.
  return remarks.every(each => each.includes('session request failed')) ? 'busy' : 'cut';
};

/** Another martlet's master was there first, and our own ssh never got through: the far side has not begun to answer. */
const isUnsent = ({ stdout, stderr }: Spoken, { mark }: Letter): boolean =>
  ![stdout, stderr].some(each => each.includes(`${mark}:begin`)) && hasNeverConnected(stderr.toString());

const talkOver = async (
  channel: Channel,
  letter: Letter,
  waitMs: number | undefined,
  options: SshOptions,
): Promise<Talk> => {
  const spoken = await channel.say(letter, waitMs).catch(error => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? noSsh(options.whither) : error;
  });
  if (spoken.isFull) throw tooLong([options.whither.command]);
  const end = endOf(spoken);
  const { stdout, stderr } = spoken;
  return { stdout, stderr, end: end === 'cut' && isUnsent(spoken, letter) ? 'unsaid' : end };
};

/**
 * The system's ssh. The first command opens a connection that ssh itself keeps for a while after the last one (ControlMaster,
 * ControlPersist in ssh_config(5)), so the next martlet within minutes finds it and asks for no second one-time password.
 * Whatever ssh can do works: hardware keys, agents, jump hosts, every rule of the person's config. `close` leaves the
 * connection there unless `endsMaster`.
 */
export const sshLine = (options: SshOptions): Line => {
  let opening: Promise<void> | undefined;
  /** Opened with the connection itself; the first letter goes over it. */
  let spare: Channel | undefined;
  const open = async (): Promise<void> => {
    if (options.early === undefined || options.hasTerminal) return openMaster(options);
    spare = await openWithChannel(options);
  };
  const connect = async (): Promise<void> => {
    if (opening === undefined && (await isListening(options.socket))) return;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    await opening;
  };
  const takeChannel = (): Channel => {
    const known = spare;
    spare = undefined;
    // Over the master, where the far bash has ended while nobody spoke to it.
    return known && !known.hasEnded() ? known : openChannel(talkWords(options.known, options), options.env);
  };
  return {
    command: options.whither.command,
    connect,
    talk: async (letter, waitMs) => {
      await connect();
      return talkOver(takeChannel(), letter, waitMs, options);
    },
    close: async () => {
      // What is still on its way would outlive whoever began it.
      await opening?.catch(() => undefined);
      spare?.kill();
      if (!options.endsMaster) return;
      const words = endWords(options.known, options);
      const { execa } = await import('execa');
      await execa('ssh', words, { reject: false, stdin: 'ignore', cwd: '/', env: options.env, extendEnv: false });
    },
  };
};
