import { randomBytes } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path';

/** What a folder of a run may hold, alike on every kind of machine. */
export const isProgram = (path: string): boolean => path.endsWith('.sh') || /(^|\/)bin\/[^/]+$/.test(path);

/** A file's name cannot lead out of the folder it is put into. */
export const refuseOutside = (file: string): void => {
  if (isAbsolute(file) || normalize(file).startsWith('..') || file === '')
    throw new RangeError(`not a path inside the folder: ${file}`);
};

/** Where a folder is made before it is moved to its place: in the same file system, and known as left over by its name. */
export const beside = (path: string): string => `${path}.tmp-${randomBytes(4).toString('hex')}`;

export const WRITE_ELSEWHERE = 'make the folder writable, or choose another one in paths.runs of the cluster';
