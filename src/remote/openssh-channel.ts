import { type ChildProcess, spawn } from 'node:child_process';
import { ANSWER_BYTES } from './answer-limit.ts';
import { openEar } from './ear.ts';
import type { Heard, Letter } from './wire.ts';

/** How long children that the program left behind may keep a channel open. */
const LINGER_MS = 1000;

/** What one ssh process said, and how it ended. */
export interface Spoken extends Heard {
  /** undefined: it was ended by a signal, or not waited for any longer. */
  readonly code: number | undefined;
  readonly isLate: boolean;
  /** Both streams said their last word. */
  readonly isOver: boolean;
  /** More was said than is kept. */
  readonly isFull: boolean;
}

/** One ssh process with a bash on its far side, which waits for a letter. */
export interface Channel {
  /** Sends the letter, once, and listens to the end, or for that long. Rejects when there is no program ssh. */
  say(letter: Letter, waitMs: number | undefined): Promise<Spoken>;
  /** Its end. Rejects when there is no program ssh. */
  readonly ended: Promise<number | undefined>;
  hasEnded(): boolean;
  /** Words on stderr that came before a letter was sent. */
  stderrSoFar(): string;
  /** The connection, which others use, stays. */
  kill(): void;
  /** With whatever is on its way to open a connection: jump hosts, a proxy. */
  killAll(): void;
}

/**
 * Starts ssh with these words, by Node's own spawn: the pipes are there before anything is to be said, and a library that waits
 * for a program's end takes as long to load as ssh to start. Ctrl-C reaches martlet alone; what it then does with a running
 * command is its own matter.
 */
export const openChannel = (words: readonly string[], env: NodeJS.ProcessEnv): Channel => {
  // Without a free file there are no pipes, and the event says so.
  const child: ChildProcess = spawn('ssh', words, { cwd: '/', env, detached: true });
  const closed = new Promise<number | undefined>((done, fail) => {
    child.once('error', fail).once('close', code => done(code ?? undefined));
  });
  closed.catch(() => undefined);
  const early = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const hear = {
    stdout: (chunk: Buffer): unknown => early.stdout.push(chunk),
    stderr: (chunk: Buffer): unknown => early.stderr.push(chunk),
  };
  child.stdout?.on('error', () => undefined).on('data', chunk => hear.stdout(chunk));
  child.stderr?.on('error', () => undefined).on('data', chunk => hear.stderr(chunk));
  // A program that does not read its stdin ends before all of it is sent.
  child.stdin?.on('error', () => undefined);

  // The master has both pipes, too, and keeps them while the other side is silent: their end is not waited for.
  const kill = (): void => {
    child.kill('SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const killAll = (): void => {
    if (child.pid !== undefined && !hasEnded()) killGroup(child.pid);
    kill();
  };

  const say = (letter: Letter, waitMs: number | undefined): Promise<Spoken> =>
    new Promise((done, fail) => {
      const state = { isLate: false, isOver: false };
      const timers: NodeJS.Timeout[] = [];
      const finish = (code: number | undefined): void => {
        for (const timer of timers) clearTimeout(timer);
        done({ ...ear.heard(), ...state, code, isFull: ear.isFull() });
      };
      const giveUp = (): void => {
        kill();
        finish(undefined);
      };
      const ear = openEar(letter.mark, ANSWER_BYTES, () => {
        state.isOver = true;
        timers.push(setTimeout(giveUp, LINGER_MS));
        // A proxy of the connection may hold a pipe as long as that lasts.
        child.once('exit', () => timers.push(setTimeout(giveUp, AFTER_EXIT_MS)));
      });
      const late = (): void => {
        state.isLate = !state.isOver;
        giveUp();
      };
      if (waitMs !== undefined) timers.push(setTimeout(late, waitMs));
      for (const stream of ['stdout', 'stderr'] as const) {
        hear[stream] = chunk => {
          ear[stream](chunk);
          if (ear.isFull()) giveUp();
        };
        for (const chunk of early[stream]) hear[stream](chunk);
      }
      child.stdin?.end(letter.bytes);
      closed.then(finish, fail);
    });

  return { say, ended: closed, hasEnded, stderrSoFar: () => Buffer.concat(early.stderr).toString(), kill, killAll };
};

/** What is on its way through a pipe arrives within this time of its writer's end. */
const AFTER_EXIT_MS = 50;

const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
};
