interface Thrown {
  readonly message: string;
  readonly errcode?: number;
}

/** SQLite's FULL, and the IOERR kinds that a full disk gives: WRITE, FSYNC, TRUNCATE, SHMSIZE (sqlite.org/rescode.html). */
const FULL: ReadonlySet<number> = new Set([13, 778, 1034, 1546, 4874]);

/** What went wrong, as one sentence a person can act on. */
export const explain = (error: unknown, place: string): string => {
  const { message, errcode } = error as Thrown;
  if (errcode === undefined) return message;
  if (FULL.has(errcode)) return `the disk of ${place} is full`;
  if (errcode === 26 || errcode === 11)
    return `${place}/queue.db is no queue (${message}); move the folder away to begin anew`;
  return `${place}/queue.db: ${message}`;
};
