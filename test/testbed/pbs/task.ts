import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What the server tells an execution host about a job. Paths are those of the destination, as the submitter named them. */
export interface Order {
  readonly id: string;
  readonly run: number;
  readonly uid: number;
  readonly user: string;
  readonly home: string;
  readonly script?: string | undefined;
  readonly argv?: readonly string[] | undefined;
  readonly shell?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** One line a process. */
  readonly nodefile: string;
  readonly umask: string;
  readonly join: string;
  readonly keep: string;
  readonly remove: string;
  readonly output: string;
  readonly error: string;
  readonly walltimeSeconds: number;
}

export interface Files {
  readonly out: string;
  readonly err: string;
  /** They were opened where they belong: nothing is to be delivered. */
  readonly isLive: boolean;
}

const isSelf = (uid: number): boolean => process.getuid?.() === uid || process.getuid?.() !== 0;

/** A command as the job's user; nothing in between, because a signal must reach the job's own processes. */
const asUser = (order: Order, ...words: readonly string[]): string[] =>
  isSelf(order.uid)
    ? [...words]
    : ['setpriv', `--reuid=${order.uid}`, `--regid=${order.user}`, '--init-groups', '--', ...words];

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** An existing folder holds ID.OU and ID.ER; folders are never made. */
const inFolder = (path: string, name: string): string => (isFolder(path) ? join(path, name) : path);

const spooled = (folder: string, order: Order): Files => {
  const spool = join(folder, 'spool');
  mkdirSync(join(spool, 'undelivered'), { recursive: true });
  return { out: join(spool, `${order.id}.OU`), err: join(spool, `${order.id}.ER`), isLive: false };
};

/** `-k oed` writes where the files belong from the start, `-k oe` into the home folder, otherwise into the spool (section 10). */
export const filesOf = (folder: string, order: Order): Files => {
  const out = inFolder(order.output, `${order.id}.OU`);
  const err = inFolder(order.error, `${order.id}.ER`);
  if (order.keep === 'n') return spooled(folder, order);
  if (!order.keep.includes('d'))
    return {
      out: join(order.home, basename(order.output)),
      err: join(order.home, basename(order.error)),
      isLive: true,
    };
  const used = order.join === 'oe' ? [out] : order.join === 'eo' ? [err] : [out, err];
  const isThere = (path: string): boolean => !path.endsWith('/') && isFolder(dirname(path));
  return used.every(isThere) ? { out, err, isLive: true } : spooled(folder, order);
};

/** An open file for appending, made as the job's user with the job's umask. */
const openFor = (order: Order, path: string): number => {
  if (path === '/dev/null') return openSync(path, 'a');
  const isNew = !existsSync(path);
  const file = openSync(path, 'a');
  if (isNew && !isSelf(order.uid)) chownSync(path, order.uid, statGroup(order));
  if (isNew) chmodSync(path, 0o666 & ~Number.parseInt(order.umask, 8));
  return file;
};

const statGroup = (order: Order): number => Number(execFileSync('id', ['-g', order.user], { encoding: 'utf8' }).trim());

const prepare = (folder: string, order: Order): { nodefile: string; tmp: string } => {
  const [aux, tmps] = [join(folder, 'aux'), join(folder, 'tmp')];
  mkdirSync(aux, { recursive: true });
  mkdirSync(tmps, { recursive: true });
  const nodefile = join(aux, order.id);
  writeFileSync(nodefile, order.nodefile);
  chmodSync(nodefile, 0o644);
  const tmp = join(tmps, `pbs.${order.id}`);
  mkdirSync(tmp, { recursive: true });
  if (!isSelf(order.uid)) chownSync(tmp, order.uid, statGroup(order));
  return { nodefile, tmp };
};

/**
 * Starts the job in a session of its own. A script runs below a login shell that reads its path from standard input, as PBS
 * does it; the words after `--` run directly.
 */
export const startTask = (folder: string, order: Order, files: Files): ChildProcess => {
  const { nodefile, tmp } = prepare(folder, order);
  const out = openFor(order, order.join === 'eo' ? files.err : files.out);
  const err = order.join === 'oe' || order.join === 'eo' ? out : openFor(order, files.err);
  const command = order.script === undefined ? (order.argv ?? []) : [order.shell ?? '/bin/bash', '-l'];
  // A shell sets the umask, and is replaced by what follows.
  const words = ['-c', 'umask "$1"; shift; exec "$@"', 'sh', order.umask, ...asUser(order, ...command)];
  const child = spawn('/bin/sh', words, {
    cwd: existsSync(order.home) ? order.home : '/',
    detached: true,
    stdio: [order.script === undefined ? 'ignore' : 'pipe', out, err],
    env: { ...order.env, PBS_NODEFILE: nodefile, TMPDIR: tmp, PBS_JOBDIR: order.home },
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(`${order.script}\n`);
  closeSync(out);
  if (err !== out) closeSync(err);
  return child;
};

const copied = (order: Order, from: string, to: string): boolean => {
  if (!existsSync(from)) return true;
  if (to !== '/dev/null')
    try {
      const copy = 'umask "$1"; cat <"$2" >"$3"';
      const [program = '', ...words] = asUser(order, 'sh', '-c', copy, 'sh', order.umask, from, to);
      execFileSync(program, words, { stdio: 'ignore' });
    } catch {
      return false;
    }
  return true;
};

/** Copies the spooled files where they belong, over what is there; false when one of them could not be, and lies on the host. */
export const deliver = (folder: string, order: Order, files: Files): boolean => {
  rmSync(join(folder, 'aux', order.id), { force: true });
  rmSync(join(folder, 'tmp', `pbs.${order.id}`), { recursive: true, force: true });
  if (files.isLive) return true;
  const pairs = [
    {
      from: files.out,
      to: inFolder(order.output, `${order.id}.OU`),
      isWanted: order.join !== 'eo' && !order.remove.includes('o'),
    },
    {
      from: files.err,
      to: inFolder(order.error, `${order.id}.ER`),
      isWanted: order.join !== 'oe' && !order.remove.includes('e'),
    },
  ];
  const done = pairs.map(({ from, to, isWanted }) => ({ from, isThere: !isWanted || copied(order, from, to) }));
  for (const { from, isThere } of done)
    if (isThere) rmSync(from, { force: true });
    else if (existsSync(from)) execFileSync('mv', [from, join(folder, 'spool', 'undelivered', basename(from))]);
  return done.every(each => each.isThere);
};
