import type { Layer } from '../located/layers.ts';
import type { Path } from '../located/path.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ClusterOptions } from './resolve.ts';
import type { MergedProfile } from './schema.ts';

/** A fact nobody has written: what it is called, and the text that stands for it in every script. */
interface Missing {
  readonly name: string;
  readonly standsFor: string;
  readonly path: Path;
  readonly hint: string;
}

const own = (layer: Layer, key: string): string | undefined => {
  const found = (layer.value as Record<string, unknown>)[key];
  return typeof found === 'string' ? found : undefined;
};

/** `login.user`, where the login block says one. */
const loginUser = (value: unknown): string | undefined => {
  const { login } = value as { login?: { user?: unknown } };
  return typeof login?.user === 'string' ? login.user : undefined;
};

/**
 * Account and user as they are known, each undefined where it is not. The user is the one over there: said by the caller, by
 * the login block, or by the profile's own block when an overlay put an alias in its place.
 */
export const knownFacts = (layer: Layer, profile: unknown, options: ClusterOptions) => ({
  account: options.account ?? own(layer, 'account'),
  reservation: options.reservation ?? own(layer, 'reservation'),
  priority: options.priority ?? own(layer, 'priority'),
  user: options.user ?? loginUser(layer.value) ?? loginUser(profile),
});

export const ACCOUNT_NOT_SET = 'ACCOUNT-NOT-SET';
export const USER_NOT_SET = 'USER-NOT-SET';
export const STATE_NOT_SET = 'STATE-NOT-SET';

const overlayFile = (profile: MergedProfile, { config = '~/.config/martlet' }: ClusterOptions): string =>
  `${config}/clusters/${profile.name}.yaml`;

/** `'?'` in a profile: the overlay must say. */
const asked = (profile: MergedProfile, options: ClusterOptions): Missing[] => {
  if (typeof profile.login !== 'object' || !('hyperpod' in profile.login)) return [];
  return Object.entries(profile.login.hyperpod).flatMap(([key, value]) =>
    value === '?'
      ? [
          {
            name: `login.hyperpod.${key}`,
            standsFor: '?',
            path: ['login', 'hyperpod', key],
            hint: `write login: in ${overlayFile(profile, options)}: an alias of your ssh config is enough.`,
          },
        ]
      : [],
  );
};

type Known = ReturnType<typeof knownFacts>;

/** Every fact that scripts for this cluster would hold and nobody has written. */
export const missingFacts = (
  profile: MergedProfile,
  known: Known,
  options: ClusterOptions,
  used: ReadonlySet<string>,
): Missing[] => {
  const account = {
    name: 'account',
    standsFor: ACCOUNT_NOT_SET,
    path: ['accounting'],
    hint: `write account: in ${overlayFile(profile, options)}, or give --account GROUP.`,
  };
  const user = {
    name: 'user',
    standsFor: USER_NOT_SET,
    path: ['paths'],
    hint: `write login: {host: ..., user: ...} or paths: in ${overlayFile(profile, options)}.`,
  };
  const state = {
    name: 'state',
    standsFor: STATE_NOT_SET,
    path: ['paths'],
    hint: `write paths: in ${overlayFile(profile, options)}, as they are over there.`,
  };
  return [
    ...(known.account === undefined && (profile.accounting.required || used.has('account')) ? [account] : []),
    ...(known.user === undefined && (used.has('user') || (used.has('home') && options.home === undefined))
      ? [user]
      : []),
    ...(options.state === undefined && used.has('state') ? [state] : []),
    ...asked(profile, options),
  ];
};

/** One warning for each: the scripts can be read, and apply refuses them. */
export const missingWarnings = (missing: readonly Missing[], layer: Layer): Diagnostic[] =>
  missing.map(({ name, standsFor, path, hint }) => ({
    code: 'MRT-C002',
    severity: 'warning',
    what: `${name} is not known: "${standsFor}" stands for it.`,
    why: 'such scripts can be read, not submitted.',
    hint,
    at: layer.place(path, 'key'),
    path: name,
  }));
