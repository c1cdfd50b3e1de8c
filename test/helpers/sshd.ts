import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshFolder } from '../store/disks.ts';

const SSHD = '/usr/sbin/sshd';

export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });

export const keygen = (path: string, words: readonly string[] = ['-t', 'ed25519', '-N', '']): void => {
  const made = spawnSync('ssh-keygen', ['-q', ...words, '-f', path], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
};

/** SHA256:..., as ssh-keygen itself says. */
export const fingerprintOf = (path: string): string =>
  spawnSync('ssh-keygen', ['-lf', path], { encoding: 'utf8' }).stdout.split(' ')[1] ?? '';

export interface Sshd {
  readonly port: number;
  readonly folder: string;
  /** $HOME of every session: its .bashrc is this test's own. */
  readonly home: string;
  /** The client's: IdentityFile of the person. */
  readonly key: string;
  readonly hostKey: string;
  readonly knownHosts: string;
  log(): string;
  /** How many logins there have been. */
  logins(): number;
  /** TCP connects and no banner comes; open sessions freeze. */
  pause(): void;
  resume(): void;
  /** Every open session dies, as when the node falls. */
  killSessions(): void;
  /** From now on the login shell is this program. */
  shell(program: string): void;
  stop(): Promise<void>;
}

export interface SshdOptions {
  readonly config?: readonly string[];
  readonly hostKeyType?: string;
}

const childrenOf = (pid: number): number[] => {
  const listed = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' }).stdout;
  return listed
    .split(/\s+/)
    .filter(Boolean)
    .map(Number)
    .flatMap(each => [each, ...childrenOf(each)]);
};

const tell = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids)
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
};

/** OpenSSH 9.8 and newer punish whoever fails to log in, which these tests do on purpose. */
const withoutPenalties = (config: string, lines: string): string => {
  writeFileSync(config, `${lines}\nPerSourcePenalties no\n`);
  return spawnSync(SSHD, ['-t', '-f', config]).status === 0 ? 'PerSourcePenalties no' : '';
};

const configure = (folder: string, port: number, { config = [] }: SshdOptions): string => {
  const path = join(folder, 'sshd_config');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    'PidFile none',
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    'MaxStartups 100',
    'AcceptEnv LANG LC_* MARTLET_TEST_*',
    `SetEnv HOME=${join(folder, 'home')}`,
    // sshd runs `LOGIN_SHELL -c COMMAND`; this does the same with a shell of the test's choice.
    `ForceCommand exec $(cat ${join(folder, 'shell')}) -c "$SSH_ORIGINAL_COMMAND"`,
    ...config,
  ].join('\n');
  writeFileSync(path, `${lines}\n${withoutPenalties(path, lines)}\n`);
  return path;
};

const waitUntilUp = async (port: number, child: ChildProcess, log: () => string): Promise<void> => {
  for (let i = 0; i < 200; i += 1) {
    if (await answers(port)) return;
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    await sleep(25);
  }
  throw new Error(`sshd does not answer: ${log()}`);
};

/** A real sshd on loopback, with keys, home and login shell of its own; its user is whoever runs the tests. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  const folder = freshFolder('martlet-sshd-');
  const home = join(folder, 'home');
  const [key, hostKey, knownHosts] = ['id_ed25519', 'host_key', 'known_hosts'].map(name => join(folder, name));
  mkdirSync(home);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  keygen(key!);
  const keyType = options.hostKeyType ?? 'ed25519';
  keygen(hostKey!, ['-t', keyType, ...(keyType === 'rsa' ? ['-b', '2048'] : []), '-N', '']);
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${key}.pub`));
  writeFileSync(join(folder, 'shell'), 'bash');
  const port = await freePort();
  const [type, publicKey] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  appendFileSync(knownHosts!, `[127.0.0.1]:${port} ${type} ${publicKey}\n`);
  const log = join(folder, 'log');
  const child = spawn(SSHD, ['-D', '-E', log, '-f', configure(folder, port, options)], { stdio: 'ignore' });
  const read = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await waitUntilUp(port, child, read);
  const pid = child.pid as number;
  const all = (): number[] => [pid, ...childrenOf(pid)];
  return {
    port,
    folder,
    home,
    key: key!,
    hostKey: hostKey!,
    knownHosts: knownHosts!,
    log: read,
    logins: () => read().match(/^Accepted publickey for /gm)?.length ?? 0,
    pause: () => tell(all(), 'SIGSTOP'),
    resume: () => tell(all(), 'SIGCONT'),
    killSessions: () => tell(childrenOf(pid), 'SIGKILL'),
    shell: program => writeFileSync(join(folder, 'shell'), program),
    stop: async () => {
      const ended = new Promise(done => child.once('exit', done));
      const sessions = childrenOf(pid);
      tell([pid, ...sessions], 'SIGCONT');
      tell(sessions, 'SIGKILL');
      child.kill('SIGTERM');
      if (child.exitCode === null) await ended;
    },
  };
};

export interface ClientHost {
  readonly alias: string;
  readonly port: number;
  readonly lines?: readonly string[];
}

/** A config as a person's ~/.ssh/config, which names these hosts; answers its path. */
export const clientConfig = (sshd: Sshd, hosts: readonly ClientHost[], top: readonly string[] = []): string => {
  const path = join(freshFolder('martlet-ssh-'), 'config');
  const block = ({ alias, port, lines = [] }: ClientHost): string =>
    [`Host ${alias}`, ...['HostName 127.0.0.1', `Port ${port}`, ...lines].map(each => `  ${each}`)].join('\n');
  const common = [
    'Host *',
    `  User ${userInfo().username}`,
    `  IdentityFile ${sshd.key}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${sshd.knownHosts}`,
    '  GlobalKnownHostsFile /dev/null',
  ];
  writeFileSync(path, `${[...top, ...hosts.map(block), ...common].join('\n')}\n`);
  return path;
};

const isThere = (): boolean => existsSync(SSHD) && spawnSync('ssh', ['-V']).status === 0;

/** RUNLEVEL=1 keeps Debian from starting a server of the machine's own. */
const apt = (...words: readonly string[]): boolean =>
  spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: 'ignore',
    timeout: 300_000,
  }).status === 0;

const install = (): boolean => apt('install', '-y', '--no-install-recommends', 'openssh-server', 'openssh-client');

/** Says once why tests with a real sshd are not run here; installs it where that is possible without asking. */
export const haveSshd = (): boolean => {
  if (!isThere() && process.getuid?.() === 0 && !install() && apt('update')) install();
  if (!isThere()) console.log('skipped: there is no sshd here, and it cannot be installed');
  return isThere();
};
