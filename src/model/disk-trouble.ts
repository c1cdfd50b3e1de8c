import { Trouble } from './trouble.ts';

/** Where a call on files was, for the sentence that says so. */
export interface DiskWhere {
  /** A clause: "writing the event log of swallow-8b". */
  readonly doing: string;
  readonly path: string;
  /** What to do where nothing can be written. */
  readonly elsewhere: string;
}

/** No room, over quota, or over the limit on a file's size. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const CLOSED: ReadonlySet<string> = new Set([
  ...['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ENOENT', 'EIO', 'ELOOP', 'ENAMETOOLONG', 'ENODEV', 'ESTALE'],
]);

export const fullDisk = (where: DiskWhere, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W022',
    doing: where.doing,
    said,
    left: 'what was written before is whole; this was not written.',
    hint: `make room on the disk of ${where.path}, then type the same command again.`,
  });

export const closedPlace = (where: DiskWhere, said: string): Trouble =>
  new Trouble({
    code: 'MRT-W023',
    doing: where.doing,
    said,
    left: `nothing was written to ${where.path}.`,
    hint: `${where.elsewhere}, then type the same command again.`,
  });

/** A file system's error as trouble a person can act on; undefined for anything else. */
export const diskTrouble = (thrown: unknown, where: DiskWhere): Trouble | undefined => {
  if (!(thrown instanceof Error)) return undefined;
  const { code, message } = thrown as Error & { readonly code?: string };
  if (FULL.has(code ?? '')) return fullDisk(where, message);
  return CLOSED.has(code ?? '') ? closedPlace(where, message) : undefined;
};
