import type { Destination } from './login.ts';
import { COMMAND } from './wire.ts';

/** What the words of ssh depend on besides where it goes. */
export interface SshWays {
  readonly configPath?: string | undefined;
  readonly socket: string;
  readonly hasTerminal: boolean;
  readonly connectSeconds: number;
  readonly aliveSeconds: number;
  readonly aliveTimes: number;
  readonly persistSeconds: number;
}

const option = (name: string, value: string | number): string[] => ['-o', `${name}=${value}`];

const where = (to: Destination, configPath: string | undefined): string[] => [
  ...(configPath === undefined ? [] : ['-F', configPath]),
  ...(to.port === undefined ? [] : ['-p', `${to.port}`]),
  ...(to.user === undefined ? [] : ['-l', to.user]),
];

const way = (to: Destination): string[] => [
  ...(to.via.length === 0 ? [] : ['-J', to.via.join(',')]),
  ...(to.proxyCommand === undefined ? [] : option('ProxyCommand', to.proxyCommand)),
  ...(to.hostKeyAlias === undefined ? [] : option('HostKeyAlias', to.hostKeyAlias)),
  ...(to.acceptsNewKey ? option('StrictHostKeyChecking', 'accept-new') : []),
];

/** For sentences: what a person would type to get to the same place. */
export const plainWords = (to: Destination, configPath?: string): string[] => [
  'ssh',
  ...where(to, configPath),
  ...way(to),
  to.host,
];

/** A person's config may hold what makes sense for a shell only: a command of its own, forwardings, a terminal, debugging. */
const PLAIN = [
  ...option('RemoteCommand', 'none'),
  ...option('RequestTTY', 'no'),
  ...option('PermitLocalCommand', 'no'),
  ...option('ClearAllForwardings', 'yes'),
  ...option('ForwardX11', 'no'),
  ...option('LogLevel', 'INFO'),
];

/** ssh fills %-words in a ControlPath. */
const socketWords = ({ socket }: SshWays): string[] => ['-S', socket.replaceAll('%', '%%')];

const opening = (to: Destination, ways: SshWays, hasTerminal: boolean): string[] => [
  ...where(to, ways.configPath),
  ...way(to),
  ...option('BatchMode', hasTerminal ? 'no' : 'yes'),
  ...option('ConnectTimeout', ways.connectSeconds),
  ...option('ServerAliveInterval', ways.aliveSeconds),
  ...option('ServerAliveCountMax', ways.aliveTimes),
  ...PLAIN,
];

/** Opens the connection, asks what there is to ask, and leaves it behind as a master on the socket. `command`: what runs first. */
export const openWords = (to: Destination, ways: SshWays, command = 'exec true'): string[] => [
  ...opening(to, ways, ways.hasTerminal),
  ...socketWords(ways),
  ...option('ControlMaster', 'auto'),
  ...option('ControlPersist', ways.persistSeconds),
  ...['--', to.host, command],
];

/** The same way without a master and without questions, to hear why it fails. */
export const explainWords = (to: Destination, ways: SshWays): string[] => [
  ...opening(to, ways, false),
  ...option('ControlMaster', 'no'),
  ...option('ControlPath', 'none'),
  ...['--', to.host, 'exec true'],
];

/** What ssh's own proxy says when it goes round a master that is not there, instead of connecting a second time. */
export const NO_MASTER = 'martlet-no-master';

/** A command over the master, and never over anything else. */
export const talkWords = (to: Destination, ways: SshWays): string[] => [
  ...where(to, ways.configPath),
  ...socketWords(ways),
  ...option('ControlMaster', 'no'),
  ...option('BatchMode', 'yes'),
  ...option('ProxyCommand', `sh -c "echo ${NO_MASTER} 1>&2"`),
  ...PLAIN,
  ...['--', to.host, COMMAND],
];

export const endWords = (to: Destination, ways: SshWays): string[] => [
  ...where(to, ways.configPath),
  ...socketWords(ways),
  ...['-O', 'exit', '--', to.host],
];
