import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds, isEmpty, signalSession } from './sessions.ts';
import { deliver, type Files, filesOf, type Order, startTask } from './task.ts';

/**
 * All execution hosts of the simulated PBS in one process, apart from the server, so that jobs go on while that one is down:
 * mom.ts FOLDER. One JSON line in, one out, over FOLDER/mom.sock. It enforces walltimes, with TERM and KILL.
 */
export type Request =
  | { readonly verb: 'start'; readonly order: Order }
  | { readonly verb: 'end'; readonly id: string; readonly force: boolean }
  | { readonly verb: 'signal'; readonly id: string; readonly signal: NodeJS.Signals }
  /** The host died: its processes with it, and nobody hears of them again. */
  | { readonly verb: 'drop' | 'deliver' | 'forget'; readonly id: string }
  | { readonly verb: 'set'; readonly killDelaySeconds: number; readonly walltimeCheckSeconds: number }
  | { readonly verb: 'status' };

export interface TaskStatus {
  readonly id: string;
  readonly run: number;
  readonly session: number;
  readonly walltimeSeconds: number;
  readonly cpuSeconds: number;
  readonly isEnding: boolean;
  readonly exceeded: boolean;
  /** Once its processes are gone. */
  readonly exitStatus?: number | undefined;
  /** It was running when this program was last killed, and nobody watches it any more. */
  readonly isLost?: boolean | undefined;
}

interface Task {
  readonly order: Order;
  readonly files: Files;
  readonly session: number;
  readonly began: number;
  endingSince?: number | undefined;
  killed?: boolean | undefined;
  exceeded: boolean;
  cpuSeconds: number;
  /** Of the top process, once it is gone. */
  shellEnd?: number | undefined;
  exitStatus?: number | undefined;
  ended?: number | undefined;
}

const [folder = ''] = process.argv.slice(2);
const tasks = new Map<string, Task>();
let [killDelaySeconds, walltimeCheckSeconds] = [10, 10];
const runs = join(folder, 'runs');
mkdirSync(runs, { recursive: true });
const lost = new Set(readdirSync(runs));

const WALLTIME = -29;
const statusOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  signal === null ? (code ?? 0) : 256 + constants.signals[signal];

const elapsed = (task: Task): number => ((task.ended ?? Date.now()) - task.began) / 1000;

/** What ends before a process of its own could start (section 6). */
const stillborn = (order: Order): number | undefined => {
  if (!existsSync(order.home)) return -2;
  return order.shell !== undefined && !existsSync(order.shell) ? 254 : undefined;
};

const begin = (order: Order, files: Files): { child?: ChildProcess; failed?: number | undefined } => {
  const failed = stillborn(order);
  try {
    return failed === undefined ? { child: startTask(folder, order, files) } : { failed };
  } catch (error) {
    console.error(order.id, error);
    return { failed: -1 };
  }
};

const start = (order: Order): void => {
  const known = tasks.get(order.id);
  if (known?.order.run === order.run || existsSync(join(runs, `${order.id}.${order.run}`))) return;
  writeFileSync(join(runs, `${order.id}.${order.run}`), '');
  const files = filesOf(folder, order);
  const { child, failed } = begin(order, files);
  const task: Task = { order, files, session: child?.pid ?? 0, began: Date.now(), exceeded: false, cpuSeconds: 0 };
  tasks.set(order.id, task);
  if (!child) Object.assign(task, { exitStatus: failed, ended: task.began });
  child?.on('error', () => (task.shellEnd = -1));
  child?.on('exit', (code, signal) => (task.shellEnd = statusOf(code, signal)));
};

const end = (task: Task, force: boolean): void => {
  if (task.endingSince !== undefined) return;
  task.endingSince = Date.now();
  task.killed = force;
  signalSession(task.session, force ? 'SIGKILL' : 'SIGTERM');
};

const endForWalltime = (task: Task): void => {
  const { walltimeSeconds } = task.order;
  const text = `=>> PBS: job killed: walltime ${Math.floor(elapsed(task))} exceeded limit ${walltimeSeconds}\n`;
  const file = task.order.join === 'oe' ? task.files.out : task.files.err;
  if (file !== '/dev/null') appendFileSync(file, text);
  task.exceeded = true;
  end(task, false);
};

/** The end of a job: TERM gives its processes until the KILL; without one, what is left goes at once with the top process. */
const look = (task: Task): void => {
  if (task.exitStatus !== undefined || task.session === 0) return;
  if (task.endingSince !== undefined && !task.killed && Date.now() - task.endingSince > killDelaySeconds * 1000) {
    task.killed = true;
    signalSession(task.session, 'SIGKILL');
  }
  task.cpuSeconds = Math.max(task.cpuSeconds, cpuSeconds(task.session));
  if (task.shellEnd === undefined) return;
  if (task.endingSince === undefined) signalSession(task.session, 'SIGKILL');
  if (!isEmpty(task.session)) return;
  task.ended = Date.now();
  task.exitStatus = task.exceeded ? WALLTIME : task.shellEnd;
};

const drop = (task: Task): void => {
  signalSession(task.session, 'SIGKILL');
  tasks.delete(task.order.id);
};

const statusOfTask = (task: Task): TaskStatus => ({
  id: task.order.id,
  run: task.order.run,
  session: task.session,
  walltimeSeconds: elapsed(task),
  cpuSeconds: task.cpuSeconds,
  isEnding: task.endingSince !== undefined,
  exceeded: task.exceeded,
  exitStatus: task.exitStatus,
});

/** `12.pbs1.1`: an id and the number of the run. */
const lostRun = (name: string): TaskStatus => {
  const at = name.lastIndexOf('.');
  const nothing = { session: 0, walltimeSeconds: 0, cpuSeconds: 0, isEnding: false, exceeded: false };
  return { id: name.slice(0, at), run: Number(name.slice(at + 1)), ...nothing, isLost: true };
};

const status = (): TaskStatus[] => [...[...tasks.values()].map(statusOfTask), ...[...lost].map(lostRun)];

const forget = (id: string): void => {
  tasks.delete(id);
  for (const name of readdirSync(runs).filter(each => each.startsWith(`${id}.`))) {
    rmSync(join(runs, name), { force: true });
    lost.delete(name);
  }
};

const answer = (request: Request): unknown => {
  if (request.verb === 'status') return status();
  if (request.verb === 'start') return start(request.order);
  if (request.verb === 'set') {
    killDelaySeconds = request.killDelaySeconds;
    walltimeCheckSeconds = request.walltimeCheckSeconds;
    return undefined;
  }
  const task = tasks.get(request.id);
  if (request.verb === 'forget') return forget(request.id);
  if (!task) return undefined;
  if (request.verb === 'end') return end(task, request.force);
  if (request.verb === 'signal') return signalSession(task.session, request.signal);
  if (request.verb === 'deliver') return deliver(folder, task.order, task.files);
  return drop(task);
};

const server = net.createServer(socket => {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', chunk => {
    text += chunk;
    if (text.endsWith('\n')) socket.end(`${JSON.stringify(answer(JSON.parse(text) as Request) ?? null)}\n`);
  });
});

/** The hosts go down, and what runs on them. */
const leave = (): void => {
  for (const task of tasks.values()) signalSession(task.session, 'SIGKILL');
  process.exit(0);
};

let lastWalltimeCheck = Date.now();
setInterval(() => {
  for (const task of tasks.values()) look(task);
  if (Date.now() - lastWalltimeCheck < walltimeCheckSeconds * 1000) return;
  lastWalltimeCheck = Date.now();
  for (const task of tasks.values())
    if (task.endingSince === undefined && task.exitStatus === undefined && elapsed(task) > task.order.walltimeSeconds)
      endForWalltime(task);
}, 100);
process.on('SIGTERM', leave);
rmSync(join(folder, 'mom.sock'), { force: true });
server.listen(join(folder, 'mom.sock'));
