import { chmodSync, existsSync, lstatSync, statfsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';
import { networkFileSystem } from '../model/filesystems.ts';
import { Trouble } from '../model/trouble.ts';
import { makeFolder } from './files.ts';
import { guarded } from './trouble.ts';

export interface HomeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
  /** The file system's magic number at an existing path; tests put their own. */
  readonly statfs?: ((path: string) => number | bigint) | undefined;
  /** Where state goes when the home is on the network; default /var/tmp, which outlives a reboot and a session. */
  readonly localDisks?: readonly string[] | undefined;
}

export interface StateHome {
  readonly directory: string;
  /** Set when the state is not where the person would look for it. */
  readonly warning?: Diagnostic | undefined;
}

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));

const networkAt = (path: string, { statfs }: HomeOptions): string | undefined =>
  networkFileSystem((statfs ?? (at => statfsSync(at).type))(existing(path)));

/** A relative $XDG_STATE_HOME is to be ignored (XDG Base Directory Specification). */
const usual = ({ env, home }: HomeOptions): string => {
  const base = env.XDG_STATE_HOME;
  return join(base && isAbsolute(base) ? base : join(home, '.local', 'state'), 'martlet');
};

const unsafe = (directory: string, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W027',
    doing: `using ${directory} for what martlet remembers`,
    said,
    left: 'nothing was written.',
    hint: 'set XDG_STATE_HOME to a folder of your own on a local disk.',
  });

/** /var/tmp is everybody's: a folder of our name may have been put there by somebody else. */
const claimOwn = (directory: string, uid: number): void => {
  makeFolder(directory);
  const seen = lstatSync(directory);
  if (!seen.isDirectory()) throw unsafe(directory, 'it is not a folder');
  if (seen.uid !== uid) throw unsafe(directory, `it belongs to user ${seen.uid}`);
  if ((seen.mode & 0o077) !== 0) chmodSync(directory, 0o700);
};

/** $TMPDIR comes after /var/tmp, because login shells and jobs often have one that ends with the session. */
const localDisk = (options: HomeOptions): string | undefined => {
  const disks = [...(options.localDisks ?? ['/var/tmp']), options.env.TMPDIR];
  return disks.find(
    disk => disk !== undefined && isAbsolute(disk) && existsSync(disk) && networkAt(disk, options) === undefined,
  );
};

const moved = (from: string, to: string, network: string): Diagnostic => ({
  code: 'MRT-W026',
  severity: 'warning',
  what: `what martlet remembers of its runs is kept in ${to}.`,
  why: `${from} is on ${network}, where several machines could write at once and break the event log.`,
  hint: 'it is a cache of this machine: elsewhere, martlet adopt DIR --cluster C reads a run from its folder on the cluster.',
});

/**
 * Where state lives: `$XDG_STATE_HOME/martlet`, or this machine's own disk when that is on the network. The folder is there
 * afterwards, 0700 when it was made.
 */
export const stateHome = (options: HomeOptions): StateHome => {
  const directory = usual(options);
  const where = { doing: 'finding a place for what martlet remembers', path: directory };
  const network = guarded(where, () => networkAt(directory, options));
  if (network === undefined) {
    guarded(where, () => makeFolder(directory));
    return { directory };
  }
  const disk = localDisk(options);
  if (disk === undefined)
    throw unsafe(directory, `it is on ${network}, and no local disk was found in /var/tmp or $TMPDIR`);
  const own = join(disk, `martlet-${options.uid}`);
  guarded({ ...where, path: own }, () => claimOwn(own, options.uid));
  return { directory: own, warning: moved(directory, own, network) };
};
