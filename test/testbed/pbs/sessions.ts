import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  readonly pid: number;
  readonly state: string;
  readonly session: number;
  /** Of this process and of the children it has waited for, in ticks. */
  readonly ticks: number;
}

const TICKS_PER_SECOND = 100;

/** proc(5): the name in parentheses may hold anything, so fields are counted behind it. */
const statOf = (pid: number): Stat | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
    return { pid, state: fields[0] ?? '', session: Number(fields[3]), ticks };
  } catch {
    return undefined;
  }
};

/**
 * Living processes of a session; a dead one that nobody has waited for does not count. Session 0 is that of the kernel and of
 * whatever the machine's first process started, and stands for a job that never had a process.
 */
const members = (session: number): Stat[] => {
  if (session <= 1) return [];
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => statOf(Number(name)) ?? [])
    .filter(each => each.session === session && each.state !== 'Z' && each.state !== 'X');
};

export const isEmpty = (session: number): boolean => members(session).length === 0;
export const cpuSeconds = (session: number): number =>
  members(session).reduce((sum, each) => sum + each.ticks, 0) / TICKS_PER_SECOND;

/** A signal to every process of a session: the script, what it started, and the login shell above it. */
export const signalSession = (session: number, signal: NodeJS.Signals): void => {
  for (const { pid } of members(session))
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself meanwhile.
    }
};
