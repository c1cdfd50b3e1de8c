import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Assets } from '../flows/world.ts';
import { Trouble } from '../model/trouble.ts';

/** No recipe, profile or template is near this; a checkpoint named by mistake is. */
const LARGEST_BYTES = 256 * 2 ** 20;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** errno as a person would say it; anything else keeps Node's words. */
const SAID: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EISDIR: 'it is a directory',
  ENXIO: 'it is a socket',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'the symbolic links go in a circle',
  EMFILE: 'too many files are open',
};

const said = (error: unknown): string => SAID[codeOf(error)] ?? (error as Error).message;

/** `.` at the end of a sentence would be taken for its end. */
const named = (path: string): string => (path.endsWith('.') ? `"${path}"` : path);

const unreadable = (path: string, why: string, hint: string, exitCode: 1 | 3): Trouble =>
  new Trouble({ code: 'MRT-W010', doing: `reading ${named(path)}`, said: why, hint }, exitCode);

/** What the shell gives: `-o /dev/stdout`, and the pipe of `<(...)`. */
const OF_THE_SHELL = /^\/(dev\/(stdin|stdout|stderr|fd\/)|proc\/)/;

/** Directories, devices and pipes are a mistake of the person who typed the path; a pipe by name would be waited for without end. */
const refuseOdd = (path: string): void => {
  const stat = statSync(path);
  const isPipe = stat.isFIFO() || stat.isSocket();
  if (stat.isDirectory()) throw unreadable(path, 'it is a directory', 'name a file in it.', 1);
  if (stat.isCharacterDevice() || stat.isBlockDevice()) throw unreadable(path, 'it is a device', 'name a file.', 1);
  if (isPipe && !OF_THE_SHELL.test(path)) throw unreadable(path, 'it is a pipe', 'name a file.', 1);
  if (stat.size > LARGEST_BYTES) throw unreadable(path, `it has ${stat.size} bytes`, 'is this the file you meant?', 1);
};

const read = (path: string): Uint8Array | undefined => {
  try {
    refuseOdd(path);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, said(error), 'check the path and its permissions (ls -l).', 3);
  }
};

/** Scripts are executable, so that a rendered folder can be tried by hand. */
const modeOf = (path: string): number => (path.endsWith('.sh') ? 0o777 : 0o666);

/** Step by step: Node's own recursive mkdir never comes back where mkdir answers ENOENT below a folder that exists (/proc). */
const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
};

/** A link stays as it is, and the file it names is replaced, or made where there is none yet. */
const behindLinks = (path: string): string =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? behindLinks(resolve(realpathSync(dirname(path)), readlinkSync(path)))
    : path;

const replaceFile = (path: string, text: string): void => {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(path));
    // The process's umask is applied to the mode.
    writeFileSync(beside, text, { mode: modeOf(path) });
    renameSync(beside, path);
  } catch (error) {
    // It fails for the same reasons, and the first error is the one to tell.
    attempt(() => rmSync(beside, { force: true }));
    throw error;
  }
};

const attempt = (act: () => void): void => {
  try {
    act();
  } catch {
    // Nothing hangs on it.
  }
};

const unwritable = (path: string, error: unknown, isStream: boolean): Trouble =>
  new Trouble({
    code: 'MRT-W011',
    doing: `writing ${named(path)}`,
    said: said(error),
    left: isStream ? undefined : existsSync(path) ? 'what is there is as it was before.' : 'nothing was written.',
    hint: ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ? 'make room and run this again.' : 'choose another place.',
  });

/** Devices, pipes and what the shell opened are written into: to put a file in the place of /dev/null would break the machine. */
const isStreamAt = (path: string): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isDirectory() && (!stat.isFile() || OF_THE_SHELL.test(path));
};

const write = (path: string, text: string): void => {
  let isStream = false;
  try {
    isStream = isStreamAt(path);
    if (isStream) writeFileSync(path, text, { flag: 'a' });
    else replaceFile(behindLinks(path), text);
  } catch (error) {
    throw unwritable(path, error, isStream);
  }
};

const remove = (path: string): void => {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw unwritable(path, error, false);
  }
  // It ends at the first folder that holds something.
  attempt(() => {
    for (let folder = dirname(path); ; folder = dirname(folder)) rmdirSync(folder);
  });
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    // No folder, no files: a missing ~/.config/martlet is how everybody starts.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw unreadable(folder, said(error), 'check its permissions (ls -ld).', 3);
  }
};

/** Reading and writing files for the flows; `root` is where martlet is installed. */
export const openAssets = (root: string): Assets => ({
  read,
  write,
  list,
  remove,
  exists: existsSync,
  shipped: path => join(root, path),
  listShipped: folder => list(join(root, folder)),
});
