import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { diskTrouble } from '../model/disk-trouble.ts';
import { beside, isProgram, refuseOutside, WRITE_ELSEWHERE } from './placed.ts';
import type { Remote } from './remote.ts';
import { runHere } from './run.ts';

export interface LocalOptions {
  /** Added to this process's own environment for every program: MARTLET_LOCAL and the like. */
  readonly env?: Readonly<Record<string, string>>;
}

const guarded = async <T>(doing: string, path: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (error) {
    throw diskTrouble(error, { doing, path, elsewhere: WRITE_ELSEWHERE }) ?? error;
  }
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
};

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** Written whole and on the disk. The mode is set, not asked for: the person's umask may be anything. */
const writeSynced = async (path: string, text: string): Promise<void> => {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.chmod(isProgram(path) ? 0o755 : 0o644);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** One by one, because a recursive mkdir of Node says ENOENT on a read-only disk. */
const makeFolder = async (path: string): Promise<void> => {
  if (await exists(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  try {
    await mkdir(path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
};

const fill = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  const folders = new Set([folder]);
  for (const [file, text] of Object.entries(files)) {
    refuseOutside(file);
    const path = join(folder, file);
    for (let above = dirname(path); !folders.has(above); above = dirname(above)) folders.add(above);
    await makeFolder(dirname(path));
    await writeSynced(path, text);
  }
  for (const each of folders) await syncFolder(each);
};

/** Somebody else was first: rename(2) puts no folder over one that holds something. */
const moveNew = async (from: string, to: string): Promise<boolean> => {
  try {
    await rename(from, to);
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
  await syncFolder(dirname(to));
  return true;
};

/** Nobody who is still at it takes a minute for the few files of a run. */
const LEFT_AFTER_MS = 60_000;

/** What a killed martlet left of the same folder; whether it goes or not, nothing hangs on it. */
const removeLeft = async (dir: string): Promise<void> => {
  const names = await readdir(dirname(dir)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${basename(dir)}.tmp-`) || !/\.tmp-[0-9a-f]{8}$/.test(name)) continue;
    const path = join(dirname(dir), name);
    const isLeft = await lstat(path).then(
      each => Date.now() - each.mtimeMs > LEFT_AFTER_MS,
      () => false,
    );
    if (isLeft) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
};

const putNew = async (dir: string, files: Readonly<Record<string, string>>): Promise<boolean> => {
  if (await exists(dir)) return false;
  await makeFolder(dirname(dir));
  await removeLeft(dir);
  const made = beside(dir);
  try {
    await mkdir(made);
    await fill(made, files);
    return await moveNew(made, dir);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
};

const putFile = async (path: string, text: string): Promise<void> => {
  await makeFolder(dirname(path));
  // The name keeps its end, because the mode depends on it.
  const made = join(dirname(path), `.tmp-${randomBytes(4).toString('hex')}-${basename(path)}`);
  try {
    await writeSynced(made, text);
    await rename(made, path);
  } finally {
    await rm(made, { force: true });
  }
  await syncFolder(dirname(path));
};

const get = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
};

/** This machine, where the embedded scheduler's jobs run. */
export const localRemote = ({ env = {} }: LocalOptions = {}): Remote => ({
  run: (argv, options = {}) => runHere(argv, options, env),
  putNew: (dir, files) => guarded(`writing the folder ${dir}`, dir, () => putNew(dir, files)),
  putFile: (path, text) => guarded(`writing ${path}`, path, () => putFile(path, text)),
  get: path => guarded(`reading ${path}`, path, () => get(path)),
  close: async () => {},
});
