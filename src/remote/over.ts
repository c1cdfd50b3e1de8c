import { setTimeout as sleep } from 'node:timers/promises';
import type { Output } from '../model/output.ts';
import { Trouble } from '../model/trouble.ts';
import { lineText, lits } from '../shell/word.ts';
import { filesOver } from './files.ts';
import { CONNECTION_LOST, type Remote, type RunOptions, TIMED_OUT } from './remote.ts';
import { type Answer, type Heard, type Letter, readRun, sayRun } from './wire.ts';

/**
 * How a channel ended. `over`: both streams said their last word. `shut`: the far side closed it without that. `cut`: the
 * connection is gone. `late`: nobody waited longer. `unsaid`: certainly nothing was run, because the connection was gone
 * before. `busy`: certainly nothing was run, because the other side gives no further channel just now.
 */
export type TalkEnd = 'over' | 'shut' | 'cut' | 'late' | 'unsaid' | 'busy';

export interface Talk extends Heard {
  readonly end: TalkEnd;
}

/** A connection with channels. It is made when it is first needed, and anew after it was lost. */
export interface Line {
  /** For sentences: `ssh login`, as it could be typed. */
  readonly command: string;
  /** Makes the connection when there is none; throws a Trouble when it cannot be made. */
  connect(): Promise<void>;
  /** Sends a letter over a channel of its own and listens to the end, or for that long. */
  talk(letter: Letter, waitMs: number | undefined): Promise<Talk>;
  close(): Promise<void>;
}

/** sshd's MaxSessions is 10 unless the site says otherwise (sshd_config(5)); another martlet may use the same connection. */
const CHANNELS = 8;

/** The far side ends a program in time by itself; here a silent connection is given up this much later. */
const LATER_MS = 5000;

const UNSAID_TRIES = 3;
const BUSY_MS = 250;
const BUSY_TRIES = 240;

/** At most so many at once, in the order they came. */
const queueOf = (places: number) => {
  const waiting: (() => void)[] = [];
  let free = places;
  return async <T>(act: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>(done => waiting.push(done));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
};

const shellTrouble = (line: Line, heard: Heard): Trouble =>
  new Trouble({
    code: 'MRT-W071',
    doing: 'starting bash on the other side',
    command: `${line.command} 'exec bash -s'`,
    said: `${heard.stdout}${heard.stderr}`.trim() || 'nothing, and the connection ended',
    left: 'the login works, but nothing was run.',
    hint: `type "${line.command}" and see whether commands can be run there; bash must be on the PATH.`,
  });

const busyTrouble = (line: Line, heard: Heard): Trouble =>
  new Trouble({
    code: 'MRT-W063',
    doing: 'opening one more channel over a connection',
    command: line.command,
    said: `${heard.stderr}`.trim() || 'the other side refuses to open a session',
    left: 'nothing was run.',
    hint: 'type the same command again when other martlet commands have ended.',
  });

/** Something was said, and no end was heard: what the program did is not known. */
const cutOutput = (answer: Answer, talk: Talk): Output => ({
  code: null,
  signal: talk.end === 'late' ? TIMED_OUT : CONNECTION_LOST,
  stdout: answer.stdout,
  stderr: answer.hasBegun ? answer.stderr : talk.stderr.toString(),
});

const runOver = async (
  line: Line,
  argv: readonly string[],
  options: RunOptions,
  isLoginShell: boolean,
): Promise<Output> => {
  const waitMs = options.timeoutMs === undefined ? undefined : options.timeoutMs + LATER_MS;
  for (let unsaid = 0, busy = 0; ; ) {
    const letter = sayRun(argv, options, isLoginShell);
    const talk = await line.talk(letter, waitMs);
    if (talk.end === 'busy' && ++busy > BUSY_TRIES) throw busyTrouble(line, talk);
    if (talk.end === 'busy') await sleep(BUSY_MS);
    if (talk.end === 'busy' || (talk.end === 'unsaid' && ++unsaid < UNSAID_TRIES)) continue;
    const answer = readRun(letter.mark, talk);
    if (answer.ended) return { ...answer.ended, stdout: answer.stdout, stderr: answer.stderr };
    if (talk.end === 'shut' && !answer.hasBegun) throw shellTrouble(line, talk);
    return cutOutput(answer, talk);
  }
};

/** Everything a machine behind a connection is asked for, over whatever carries a letter there and an answer back. */
export const remoteOver = (
  line: Line,
  { loginShell = false }: { readonly loginShell?: boolean | undefined },
): Remote => {
  const inTurn = queueOf(CHANNELS);
  const run: Remote['run'] = (argv, options = {}) => inTurn(() => runOver(line, argv, options, loginShell));
  return {
    run,
    ...filesOver(run, { doingAt: line.command }),
    close: () => line.close(),
  };
};

/** For a Trouble's `command`. */
export const typed = (argv: readonly string[]): string => lineText(lits(...argv));
