import { join } from 'node:path';
import type { ResolvedCluster } from '../cluster/resolve.ts';
import { resolveCluster } from '../cluster/resolve.ts';
import type { Located } from '../located/located.ts';
import { didYouMean } from '../located/suggest.ts';
import type { Checked } from '../model/diagnostic.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { configText } from './config-text.ts';
import { pretendOverlay } from './pretend.ts';
import type { RequestOptions } from './request.ts';
import { readLocated, shippedNames } from './texts.ts';
import type { World } from './world.ts';

type ClusterChoices = Pick<RequestOptions, 'account' | 'reservation' | 'priority'> & {
  readonly pretend?: boolean | undefined;
  /** The user over there, where no text says it. */
  readonly user?: string | undefined;
};

const unknownCluster = (name: string, world: World): Trouble => {
  const known = shippedNames(world, 'clusters');
  return new Trouble(
    {
      code: 'MRT-U010',
      doing: `looking for the cluster ${name}`,
      said: `there is no profile of this name; known: ${known.join(', ')}`,
      hint: didYouMean(name, known) ?? 'martlet clusters lists them.',
    },
    1,
  );
};

/** A profile that comes with martlet or is the person's own, with their overlay. */
export const readClusterSource = (
  name: string,
  world: World,
  options: ClusterChoices,
): Checked<ResolvedCluster> & { texts: Record<string, string> } => {
  if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) throw unknownCluster(name, world);
  const home = join(world.here.config, 'clusters', `${name}.yaml`);
  const own = readLocated(home, home, world);
  const shippedPath = world.assets.shipped(`clusters/${name}.yaml`);
  const shipped = readLocated(shippedPath, `clusters/${name}.yaml`, world);
  // A file of the person's own with a scheduler in it is a whole profile, where none of that name comes along.
  const profile = shipped ?? own;
  if (!profile) throw unknownCluster(name, world);
  const overlay = options.pretend ? pretendOverlay(name, world) : shipped ? own : undefined;
  const diagnostics = [...profile.diagnostics, ...(overlay?.diagnostics ?? [])];
  if (!profile.value || (overlay && !overlay.value)) return { diagnostics, texts: {} };
  const resolved = resolveCluster(profile.value, overlay?.value, {
    account: options.account,
    reservation: options.reservation,
    priority: options.priority,
    config: configText(world.here),
    isOwn: shipped === undefined,
    ...whereOf(name, world, options, overlay?.value),
  });
  const texts = {
    'sources/cluster.yaml': profile.value.text,
    ...(overlay?.value ? { 'sources/overlay.yaml': overlay.value.text } : {}),
  };
  const value = hasErrors(diagnostics) ? undefined : resolved.value;
  return { value, diagnostics: [...diagnostics, ...resolved.diagnostics], texts };
};

/** An overlay may lead to another machine's engine. */
const isSentAway = (overlay: Located | undefined): boolean => {
  const { login } = (overlay?.value ?? {}) as { login?: unknown };
  const host = typeof login === 'object' && login !== null && 'host' in login ? login.host : login;
  return login !== undefined && host !== 'localhost';
};

/** User and home over there are this machine's only where "there" is this machine. */
const whereOf = (name: string, world: World, { pretend, user }: ClusterChoices, overlay: Located | undefined) =>
  name === 'local' || (name === 'docker' && !isSentAway(overlay)) || pretend
    ? { user: world.here.user, home: world.here.home, state: world.here.state }
    : { user };
