import { Trouble } from '../model/trouble.ts';

/** Where a failing call was, for the sentence that says so. */
export interface Doing {
  /** A clause: "writing the event log of swallow-8b". */
  readonly doing: string;
  readonly path: string;
  /** What to type when the file is broken. */
  readonly rebuild?: string | undefined;
}

interface Errors {
  readonly code?: string;
  readonly errcode?: number;
  readonly errstr?: string;
  readonly message: string;
}

/** SQLite's primary result codes, sqlite.org/rescode.html. */
const PRIMARY: Readonly<Record<number, 'busy' | 'readonly' | 'full' | 'broken' | 'closed'>> = {
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  11: 'broken',
  13: 'full',
  14: 'closed',
  26: 'broken',
};
/** IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_SHMSIZE: what a full disk gives where SQLite is not told ENOSPC. */
const IO_FULL: ReadonlySet<number> = new Set([778, 1034, 1546, 4874]);

const full = (where: Doing, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W022',
    doing: where.doing,
    said,
    left: 'what was written before is whole; this was not written.',
    hint: `make room on the disk of ${where.path}, then type the same command again.`,
  });

const closed = (where: Doing, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W023',
    doing: where.doing,
    said,
    left: `nothing was written to ${where.path}.`,
    hint: 'make the folder writable, or set XDG_STATE_HOME to one that is, then type the same command again.',
  });

const broken = (where: Doing, said: string): Trouble =>
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

const ofErrno = (error: Errors, where: Doing): Trouble | undefined => {
  const said = error.message;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EFBIG') return full(where, said);
  return ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ENOENT', 'EIO', 'ELOOP', 'ENAMETOOLONG'].includes(
    error.code ?? '',
  )
    ? closed(where, said)
    : undefined;
};

/** An error of SQLite or the file system as trouble a person can act on; anything else is handed back as it was. */
export const troubleOf = (thrown: unknown, where: Doing): unknown => {
  const error = thrown as Errors;
  if (thrown instanceof Trouble || !(thrown instanceof Error)) return thrown;
  if (error.code !== 'ERR_SQLITE_ERROR') return ofErrno(error, where) ?? thrown;
  const code = error.errcode ?? 0;
  if (IO_FULL.has(code)) return full(where, error.message);
  const kind = PRIMARY[code & 0xff];
  if (kind === 'full') return full(where, error.message);
  if (kind === 'busy') return busy(where);
  if (kind === 'broken') return broken(where, error.message);
  if (kind === 'readonly' || kind === 'closed' || (code & 0xff) === 10) return closed(where, error.message);
  return thrown;
};

/** Runs something on the disk; what fails comes out as Trouble. */
export const guarded = <T>(where: Doing, act: () => T): T => {
  try {
    return act();
  } catch (thrown) {
    throw troubleOf(thrown, where);
  }
};

export const brokenFile = (where: Doing, said: string): Trouble => broken(where, said);
