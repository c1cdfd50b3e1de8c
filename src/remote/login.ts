import { Trouble } from '../model/trouble.ts';

interface Way {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Jump hosts in their order, `[user@]host[:port]`; they get `user`, where they name none. */
  readonly via?: readonly string[] | undefined;
  readonly transport?: 'ssh' | 'ssh2' | undefined;
}

/** SageMaker HyperPod: no address, but ssh through `aws ssm start-session` to whichever node has the role now. */
export interface Hyperpod {
  readonly cluster: string;
  readonly group?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** What `login:` of a profile or an overlay may be: an alias of the person's ssh config, or how to get there. */
export type Login = string | (Way & { readonly host: string }) | (Way & { readonly hyperpod: Hyperpod });

/** Where ssh goes. What is missing is for the person's own ssh config to say. */
export interface Destination {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly via: readonly string[];
  /** In the words of ssh_config(5), with %h, %p and %r to be filled. */
  readonly proxyCommand?: string | undefined;
  /** Under this name its key is known, whatever address it has. */
  readonly hostKeyAlias?: string | undefined;
  /** A key that is not known yet is taken: somebody else has vouched for the other end. */
  readonly acceptsNewKey?: boolean | undefined;
}

const unusable = (what: string, value: string): Trouble =>
  new Trouble({
    code: 'MRT-W069',
    doing: 'reading login: of the cluster',
    said: `${what} "${value}" cannot be part of an ssh command`,
    left: 'nothing was run.',
    hint: 'write a host name, an alias of your ssh config, or user@host:port.',
  });

/** A profile may come from somebody else: a host that begins with - would be an option, and ProxyJump's words reach a shell. */
const refuseOdd = (what: string, value: string | undefined): void => {
  if (value !== undefined && !/^[\p{L}\p{N}_.[\]][\p{L}\p{N}_.:@%+\\/[\]-]*$/u.test(value)) throw unusable(what, value);
};

const withUser = (jump: string, user: string | undefined): string =>
  user === undefined || jump.includes('@') ? jump : `${user}@${jump}`;

/** Throws a Trouble for words that no host or user can have. */
export const destinationOf = (login: Exclude<Login, { readonly hyperpod: Hyperpod }>): Destination => {
  const { host, user, port, via = [] } = typeof login === 'string' ? { host: login } : login;
  refuseOdd('host', host);
  refuseOdd('user', user);
  for (const jump of via) refuseOdd('jump host', jump);
  return { host, user, port, via: via.map(jump => withUser(jump, user)) };
};

export const isHyperpod = (login: Login): login is Way & { readonly hyperpod: Hyperpod } =>
  typeof login === 'object' && 'hyperpod' in login;
