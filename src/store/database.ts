import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder, syncFolder } from './files.ts';
import { migrate } from './migrate.ts';
import { brokenFile, type Doing } from './trouble.ts';

/** WAL needs one host and a local disk; home.ts sees to that. Full: a submit fact is on the disk before anything is sent. */
const PRAGMAS =
  'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off; pragma trusted_schema = off;';
const BUSY_MILLISECONDS = 5000;

const connect = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
  try {
    db.exec(PRAGMAS);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Made whole beside its place and linked in, so that a file of no bytes is always a broken one and never a new one. */
const create = (path: string, where: Doing): void => {
  const folder = dirname(path);
  // A log of writes without its database would be played into the new one (sqlite.org/howtocorrupt.html).
  if (existsSync(`${path}-wal`) && !existsSync(path))
    throw brokenFile(where, 'its write-ahead log is there, but it is gone');
  makeFolder(folder);
  const beside = mkdtempSync(join(folder, `.${basename(path)}-`));
  try {
    const made = join(beside, 'new.db');
    const db = connect(made);
    try {
      migrate(db, where);
    } finally {
      db.close();
    }
    linkIfMissing(made, path);
    syncFolder(folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
};

/** Two creators: the second one uses what the first one made. */
const linkIfMissing = (from: string, to: string): void => {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    // exFAT and some FUSE file systems have no hard links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') renameSync(from, to);
    else throw error;
  }
};

const headOf = (path: string): { size: number; head: Buffer } => {
  const head = Buffer.alloc(100);
  const handle = openSync(path, 'r');
  try {
    readSync(handle, head, 0, 100, 0);
    return { size: fstatSync(handle).size, head };
  } finally {
    closeSync(handle);
  }
};

const MAGIC = 'SQLite format 3\0';

/** SQLite takes a file of no bytes for a new database, and a cut one for whole until it misses a page. */
const refuseCut = (path: string, where: Doing): void => {
  const { size, head } = headOf(path);
  if (size < 512 || head.toString('latin1', 0, 16) !== MAGIC) throw brokenFile(where, 'it is not a database');
  const pageSize = head.readUInt16BE(16) === 1 ? 65536 : head.readUInt16BE(16);
  const pages = head.readUInt32BE(28);
  // Pages that are still in the write-ahead log make the file shorter than its header says.
  if (size < pages * pageSize && !existsSync(`${path}-wal`))
    throw brokenFile(where, `it was cut: ${size} of ${pages * pageSize} bytes are left`);
};

/** Opens an event log, making it when it is not there, at the newest schema. */
export const openDatabase = (path: string, where: Doing): DatabaseSync => {
  if (!existsSync(path)) create(path, where);
  refuseCut(path, where);
  const db = connect(path);
  try {
    migrate(db, where);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};
