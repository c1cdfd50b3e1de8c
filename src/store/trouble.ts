import { closedPlace, type DiskWhere, diskTrouble, fullDisk } from '../model/disk-trouble.ts';
import { Trouble } from '../model/trouble.ts';

/** Where a failing call was, for the sentence that says so. */
export interface Doing {
  /** A clause: "writing the event log of swallow-8b". */
  readonly doing: string;
  readonly path: string;
  /** What to type when the file is broken. */
  readonly rebuild?: string | undefined;
}

/** What node:sqlite throws. */
interface SqliteError extends Error {
  readonly code?: string;
  readonly errcode?: number;
}

/** SQLite's primary result codes, sqlite.org/rescode.html. */
const PRIMARY: Readonly<Record<number, 'busy' | 'closed' | 'full' | 'broken'>> = {
  5: 'busy',
  6: 'busy',
  8: 'closed',
  10: 'closed',
  11: 'broken',
  13: 'full',
  14: 'closed',
  26: 'broken',
};
/** IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_SHMSIZE: what a full disk gives where SQLite is not told ENOSPC. */
const IO_FULL: ReadonlySet<number> = new Set([778, 1034, 1546, 4874]);

const disk = ({ doing, path }: Doing): DiskWhere => ({
  doing,
  path,
  elsewhere: 'make the folder writable, or set XDG_STATE_HOME to one that is',
});

/** The file is not what it should be. It is never touched: what it held can be read again from the cluster. */
export const brokenFile = (where: Doing, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W020',
    doing: where.doing,
    said: `${where.path}: ${said}`,
    left: "the file was not touched; the jobs on the cluster and the run's folder there are not concerned.",
    hint: where.rebuild ?? `move ${where.path}* away, then: martlet adopt DIR --cluster C`,
  });

const busy = (where: Doing): Trouble =>
  new Trouble({
    code: 'MRT-W024',
    doing: where.doing,
    said: `${where.path} has been locked for seconds`,
    left: 'nothing was written.',
    hint: 'another martlet is writing to the same run; type the command again when it is done.',
  });

const ofSqlite = (error: SqliteError, where: Doing): Trouble | undefined => {
  const code = error.errcode ?? 0;
  if (IO_FULL.has(code)) return fullDisk(disk(where), error.message);
  switch (PRIMARY[code & 0xff]) {
    case 'full':
      return fullDisk(disk(where), error.message);
    case 'closed':
      return closedPlace(disk(where), error.message);
    case 'broken':
      return brokenFile(where, error.message);
    case 'busy':
      return busy(where);
    default:
      return undefined;
  }
};

/** Runs something on the disk; what SQLite or the file system refuses comes out as Trouble. */
export const guarded = <T>(where: Doing, act: () => T): T => {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof Trouble || !(thrown instanceof Error)) throw thrown;
    const isSqlite = (thrown as SqliteError).code === 'ERR_SQLITE_ERROR';
    throw (isSqlite ? ofSqlite(thrown, where) : diskTrouble(thrown, disk(where))) ?? thrown;
  }
};
