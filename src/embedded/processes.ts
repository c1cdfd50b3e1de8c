import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * A process that can be told from a later one with the same number: when it began (ticks since boot on Linux) and in which
 * boot of the machine.
 */
export interface Identity {
  readonly pid: number;
  readonly began: string;
  readonly boot: string;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const ask = (program: string, ...words: readonly string[]): string | undefined => {
  try {
    return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
};

/** This boot of this machine, one word. A test says another one in MARTLET_EMBEDDED_BOOT_ID to pretend a reboot. */
export const bootId = (env: NodeJS.ProcessEnv = process.env): string => {
  const told = env.MARTLET_EMBEDDED_BOOT_ID;
  if (told) return told;
  const linux = read('/proc/sys/kernel/random/boot_id')?.trim();
  return linux || /sec = (\d+)/.exec(ask('sysctl', '-n', 'kern.boottime') ?? '')?.[1] || 'unknown';
};

const hasProc = read('/proc/self/stat') !== undefined;

/** When a process began; undefined when it is gone, or dead and not yet waited for. */
const beganAt = (pid: number): string | undefined => {
  if (!hasProc) return ask('ps', '-o', 'lstart=', '-p', String(pid))?.replaceAll(/ +/g, '_');
  // The name in parentheses may hold anything, so fields are counted from the last one: state is 3, start time 22 (proc(5)).
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
};

export const identityOf = (pid: number, boot: string): Identity | undefined => {
  const began = beganAt(pid);
  return began === undefined ? undefined : { pid, began, boot };
};

export const identityText = ({ pid, began, boot }: Identity): string => `${pid} ${began} ${boot}`;

/** The identity that a link names; undefined when there is no such link. */
export const readIdentity = (path: string): Identity | undefined => {
  try {
    const [pid, began, boot] = readlinkSync(path).split(' ');
    return { pid: Number(pid), began: began ?? '', boot: boot ?? '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

export const isAlive = ({ pid, began, boot }: Identity, bootNow: string): boolean =>
  boot === bootNow && pid > 0 && beganAt(pid) === began;

const COOKIE = 'MARTLET_LOCAL_JOB_COOKIE';

/** Processes that carry a job's cookie in their environment, also those that left its group and session. */
export const carriersOf = (cookie: string): number[] => {
  if (!hasProc) return [];
  const wanted = `${COOKIE}=${cookie}`;
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => read(`/proc/${name}/environ`)?.split('\0').includes(wanted))
    .map(Number)
    .filter(pid => beganAt(pid) !== undefined);
};

export const killAll = (pids: readonly number[]): void => {
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
};
