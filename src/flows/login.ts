import type { ClusterProfile } from '../cluster/schema.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { readClusterSource } from './cluster-source.ts';
import type { World } from './world.ts';

/** How a login node is reached: an alias of the person's ssh config, or a map. */
type Login = ClusterProfile['login'];

export interface There {
  readonly login: Login;
  readonly scheduler: string;
  /** The site's commands need the environment of a login shell. */
  readonly loginShell: boolean;
}

/** Names of the machine martlet itself runs on: a person who works on a login node writes one of them. */
const HERE: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

const isHere = (login: Login): boolean => {
  if (typeof login === 'string') return HERE.has(login);
  return 'host' in login && HERE.has(login.host) && login.user === undefined && login.port === undefined;
};

/** How the cluster is reached, by its profile and overlay as they are now; undefined: its jobs are sent from this machine. */
export const loginOf = (cluster: string, world: World): There | undefined => {
  // Its scheduler is a program of ours; reading the profile to learn that would cost more than a question.
  if (cluster === 'local') return undefined;
  const { value, diagnostics } = readClusterSource(cluster, world, {});
  if (!value) {
    const first = diagnostics.find(each => each.severity === 'error');
    throw new Trouble(
      {
        code: 'MRT-U010',
        doing: `connecting to ${cluster}`,
        said: hasErrors(diagnostics)
          ? `its profile or overlay has mistakes: ${first?.what}`
          : 'its profile cannot be read',
        hint: `martlet check RECIPE --cluster ${cluster} shows them all.`,
      },
      1,
    );
  }
  const { login, scheduler, dialect_options: options } = value.profile;
  return isHere(login) ? undefined : { login, scheduler, loginShell: options?.login_shell ?? false };
};
