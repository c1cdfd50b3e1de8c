import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Destination } from './login.ts';
import { type ConfigValues, configFiles, readSshConfig } from './ssh-config.ts';

/** What ssh2 needs to know of one hop, from the person's ssh config and the login. */
export interface HopSettings {
  /** As it was written. */
  readonly name: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Hosts to go through, in their order. */
  readonly jumps: readonly string[];
  readonly proxyCommand?: string | undefined;
  /** Files, whether they are there or not; `isChosen`: the config names them. */
  readonly identityFiles: readonly { readonly path: string; readonly isChosen: boolean }[];
  readonly identitiesOnly: boolean;
  readonly agent?: string | undefined;
  readonly hostKeyAlias?: string | undefined;
  readonly hostKeyAlgorithms?: string | undefined;
  readonly knownHosts: { readonly own: readonly string[]; readonly all: readonly string[]; readonly isHashed: boolean };
  readonly keyChecking: 'ask' | 'yes' | 'accept-new';
  /** Methods in the order they are tried. */
  readonly methods: readonly string[];
  readonly prompts: number;
}

export interface SettingsPlaces {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly configPath?: string | undefined;
}

const METHODS = ['publickey', 'keyboard-interactive', 'password'];
const IDENTITIES = ['id_rsa', 'id_ecdsa', 'id_ed25519'];

/** ~ and $VAR of ssh_config(5), and its TOKENS. */
const filled = (text: string, tokens: Readonly<Record<string, string>>, { env, home }: SettingsPlaces): string =>
  text
    .replace(/^~(?=\/|$)/, home)
    .replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => env[name] ?? '')
    .replaceAll(/%(.)/g, (all, token: string) => tokens[token] ?? all);

const localUser = (env: NodeJS.ProcessEnv): string => {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? env.LOGNAME ?? 'nobody';
  }
};

const isNo = (values: ConfigValues, key: string): boolean => values.get(key)?.[0]?.toLowerCase() === 'no';

const methodsOf = (values: ConfigValues): string[] => {
  const preferred = values.get('preferredauthentications')?.[0]?.split(',') ?? METHODS;
  return preferred.filter(
    each =>
      METHODS.includes(each) &&
      !(each === 'publickey' && isNo(values, 'pubkeyauthentication')) &&
      !(each === 'password' && isNo(values, 'passwordauthentication')) &&
      !(
        each === 'keyboard-interactive' &&
        (isNo(values, 'kbdinteractiveauthentication') || isNo(values, 'challengeresponseauthentication'))
      ),
  );
};

/** Of ProxyJump and ProxyCommand the one that is written first counts (ssh_config(5)). */
const proxyOf = (values: ConfigValues): Pick<HopSettings, 'jumps' | 'proxyCommand'> => {
  const first = [...values.keys()].find(key => key === 'proxyjump' || key === 'proxycommand');
  const value = first === undefined ? 'none' : (values.get(first)?.[0] ?? 'none');
  if (value.toLowerCase() === 'none') return { jumps: [] };
  return first === 'proxyjump'
    ? { jumps: value.split(',').map(each => each.trim()) }
    : { jumps: [], proxyCommand: value };
};

const checkingOf = (values: ConfigValues): HopSettings['keyChecking'] => {
  const written = values.get('stricthostkeychecking')?.[0]?.toLowerCase() ?? 'ask';
  if (written === 'yes') return 'yes';
  // A changed key is refused whatever the config says.
  return written === 'ask' ? 'ask' : 'accept-new';
};

const agentOf = (values: ConfigValues, fill: (text: string) => string, env: NodeJS.ProcessEnv): string | undefined => {
  const written = values.get('identityagent')?.[0];
  if (written === 'none') return undefined;
  if (written === undefined || written === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK || undefined;
  return written.startsWith('$') && !written.startsWith('${') ? env[written.slice(1)] : fill(written);
};

/** Reads the config for one hop. Throws a Trouble for a line that cannot be read. */
export const hopSettings = (to: Destination, places: SettingsPlaces): HopSettings => {
  const local = localUser(places.env);
  const values = readSshConfig(configFiles(places.home, places.configPath), {
    originalHost: to.host,
    user: to.user,
    port: to.port,
    localUser: local,
    home: places.home,
    exec: command => spawnSync('/bin/sh', ['-c', command], { stdio: 'ignore', env: places.env }).status === 0,
  });
  const hostName = filled(values.get('hostname')?.[0] ?? to.host, { h: to.host, '%': '%' }, places);
  const [port, user] = [Number(values.get('port')?.[0] ?? 22), values.get('user')?.[0] ?? local];
  const tokens = {
    ...{ '%': '%', h: hostName, n: to.host, p: `${port}`, r: user, u: local, d: places.home },
    ...{ i: `${process.getuid?.() ?? 0}`, k: values.get('hostkeyalias')?.[0] ?? to.host },
  };
  const fill = (text: string): string => filled(text, tokens, places);
  const files = (key: string, usual: readonly string[]): string[] =>
    (values.get(key) ?? usual).filter(each => each !== 'none').map(fill);
  const chosen = files('identityfile', []);
  const own = files('userknownhostsfile', ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']);
  const proxy: Pick<HopSettings, 'jumps' | 'proxyCommand'> =
    to.via.length > 0
      ? { jumps: to.via }
      : to.proxyCommand
        ? { jumps: [], proxyCommand: to.proxyCommand }
        : proxyOf(values);
  return {
    ...{ name: to.host, hostName, port, user, ...proxy, proxyCommand: proxy.proxyCommand && fill(proxy.proxyCommand) },
    identityFiles: values.has('identityfile')
      ? chosen.map(path => ({ path, isChosen: true }))
      : IDENTITIES.map(name => ({ path: fill(`~/.ssh/${name}`), isChosen: false })),
    identitiesOnly: values.get('identitiesonly')?.[0] === 'yes',
    agent: agentOf(values, fill, places.env),
    hostKeyAlias: to.hostKeyAlias ?? values.get('hostkeyalias')?.[0],
    hostKeyAlgorithms: values.get('hostkeyalgorithms')?.[0],
    knownHosts: {
      own,
      all: [...own, ...files('globalknownhostsfile', ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'])],
      isHashed: values.get('hashknownhosts')?.[0] === 'yes',
    },
    keyChecking: to.acceptsNewKey ? 'accept-new' : checkingOf(values),
    methods: methodsOf(values),
    prompts: Number(values.get('numberofpasswordprompts')?.[0] ?? 3),
  };
};

/** `[user@]host[:port]`, an IPv6 address in brackets, or ssh://. */
export const readJump = (jump: string): Destination => {
  const [, user, host = jump, port] = /^(?:ssh:\/\/)?(?:(.+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?\/?$/.exec(jump) ?? [];
  return {
    host: host.replace(/^\[|\]$/g, ''),
    user,
    port: port === undefined ? undefined : Number(port),
    via: [],
  };
};
