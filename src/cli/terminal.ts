import { isatty } from 'node:tty';
import { displayWidth, type Look } from '../views/look.ts';

/** The person's side of a command: where text goes, how it may look, and whether somebody is there to answer. */
export interface Terminal {
  readonly look: Look;
  /** For progress on stderr, which may be a terminal when stdout is a file. */
  readonly errLook: Look;
  /** Both ends are a terminal: questions and redrawn screens make sense. */
  readonly isInteractive: boolean;
  /** Nobody reads stdout any more (EPIPE), or its disk is full. Work goes on; endless output stops. */
  readonly isClosed: () => boolean;
  out(text: string): void;
  err(text: string): void;
  /** Draws over the text drawn last; on no terminal it just prints. */
  redraw(text: string): void;
  /** Aborts when nobody reads any more, and on Ctrl-C once `catchInterrupt` was called. Waiting ends early then. */
  readonly over: AbortSignal;
  /** From now on the first Ctrl-C aborts `over` and the second ends the process. */
  catchInterrupt(): void;
}

type Stream = NodeJS.WriteStream;

/** NO_COLOR (no-color.org) wins over everything, then FORCE_COLOR, then whether it is a terminal at all. */
const wantsColor = (stream: Stream, env: NodeJS.ProcessEnv): boolean => {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && env.TERM !== 'dumb';
};

const lookOf = (stream: Stream, env: NodeJS.ProcessEnv): Look => ({
  // A window changes its size: ask anew each time.
  get width() {
    return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY;
  },
  color: wantsColor(stream, env),
});

const line = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/** Rows a text takes, with the lines that the terminal wraps. */
const rowsOf = (text: string, columns: number): number =>
  text
    .split('\n')
    .slice(0, -1)
    .reduce((sum, each) => sum + Math.max(1, Math.ceil(displayWidth(each) / columns)), 0);

/** What does not fit on the screen cannot be drawn over: the end is left out. */
const fitted = (text: string, rows: number): string => {
  const lines = text.split('\n');
  return lines.length < rows ? text : `${lines.slice(0, rows - 2).join('\n')}\n…\n`;
};

/** What the person asked for was not shown, whatever else went well; an event comes too late to be a command's own answer. */
const failAtExit = (proc: NodeJS.Process): void => {
  proc.once('exit', () => {
    proc.exitCode = 3;
  });
};

const lost = ({ code, message }: NodeJS.ErrnoException): string =>
  `martlet: standard output cannot be written: ${code === 'ENOSPC' || code === 'EDQUOT' ? 'no space is left on the disk' : message}.\n`;

export const openTerminal = (proc: NodeJS.Process = process): Terminal => {
  let isClosed = false;
  let drawn = 0;
  const gone = new AbortController();
  const onError = (error: NodeJS.ErrnoException): void => {
    const isFirst = !isClosed;
    isClosed = true;
    gone.abort('closed');
    // A reader that went away (head) has what it wanted.
    if (error.code === 'EPIPE' || !isFirst) return;
    failAtExit(proc);
    proc.stderr.write(lost(error));
  };
  proc.stdout.on('error', onError);
  proc.stderr.on('error', error => {
    // There is nowhere left to say it.
    if (error.code === 'EPIPE') onError(error);
    else failAtExit(proc);
  });
  const write = (stream: Stream, text: string): void => {
    if (!isClosed || stream !== proc.stdout) stream.write(text);
  };
  return {
    look: lookOf(proc.stdout, proc.env),
    errLook: lookOf(proc.stderr, proc.env),
    // Not proc.stdin.isTTY: making that stream takes longer than many a command.
    isInteractive: isatty(0) && isatty(1),
    isClosed: () => isClosed,
    out: text => write(proc.stdout, line(text)),
    err: text => write(proc.stderr, line(text)),
    redraw: text => {
      const { columns = 80, rows = 24 } = proc.stdout;
      const shown = fitted(line(text), rows);
      const up = drawn > 0 && proc.stdout.isTTY ? `\x1b[${drawn}A\x1b[0J` : '';
      drawn = rowsOf(shown, columns);
      write(proc.stdout, up + shown);
    },
    over: gone.signal,
    catchInterrupt: () => {
      proc.once('SIGINT', () => gone.abort('interrupted'));
    },
  };
};
