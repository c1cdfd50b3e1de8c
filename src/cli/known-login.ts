import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { There } from '../flows/login.ts';
import type { World } from '../flows/world.ts';
import { digest } from '../model/canonical.ts';

/** Raised when loginOf reads the same texts otherwise. */
const FORMAT = 1;

interface Known {
  readonly key: string;
  /** null: its jobs are sent from this machine. */
  readonly there: There | null;
}

/** Everything the answer depends on. */
const keyOf = (cluster: string, { assets, here }: World): string => {
  const paths = [assets.shipped(`clusters/${cluster}.yaml`), join(here.config, 'clusters', `${cluster}.yaml`)];
  const texts = paths.map(path => Buffer.from(assets.read(path) ?? []).toString('base64'));
  return digest(JSON.stringify([FORMAT, here.user, here.home, here.state, ...texts]));
};

/** There, the person's own, and nobody else can write there: whoever writes there says where ssh goes. */
const isOwn = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
};

const knownAt = (path: string, key: string, { assets }: World): Known | undefined => {
  try {
    if (![dirname(path), path].every(isOwn)) return undefined;
    const known = JSON.parse(Buffer.from(assets.read(path) ?? []).toString()) as Known;
    return known.key === key && 'there' in known ? known : undefined;
  } catch {
    return undefined;
  }
};

/**
 * flows/login.ts loginOf, remembered in the state folder for as long as profile and overlay have the same bytes: reading and
 * checking them takes longer than everything else before ssh can be started.
 */
export const knownLogin = async (cluster: string, world: World): Promise<There | undefined> => {
  const isKept = cluster !== 'local' && /^[A-Za-z][\w.-]*$/.test(cluster) && isOwn(world.here.state);
  if (!isKept) return loginAnew(cluster, world);
  const path = join(world.here.state, 'logins', `${cluster}.json`);
  const key = keyOf(cluster, world);
  const known = knownAt(path, key, world);
  if (known) return known.there ?? undefined;
  const there = await loginAnew(cluster, world);
  // Somebody may have written while it was read.
  if (keyOf(cluster, world) !== key) return there;
  try {
    world.assets.write(path, JSON.stringify({ key, there: there ?? null } satisfies Known));
  } catch {
    // A state folder that cannot be written is told by whoever needs it.
  }
  return there;
};

const loginAnew = async (cluster: string, world: World): Promise<There | undefined> =>
  (await import('../flows/login.ts')).loginOf(cluster, world);
