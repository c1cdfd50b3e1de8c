/** Values of the simulated PBS. Times are milliseconds since the epoch; sections are those of the notes in README.md. */

export type State = 'Q' | 'H' | 'R' | 'S' | 'E' | 'F' | 'B' | 'X';

export interface Depend {
  readonly type: string;
  readonly ids: readonly string[];
}

/** One chunk of `-l select`, with its queue's defaults filled in. */
export interface Chunk {
  readonly count: number;
  readonly ncpus: number;
  readonly ngpus: number;
  readonly memGb: number;
  readonly mpiprocs: number;
}

/** `-l`: what is asked for. `select` as it is shown: a number for a bare one, otherwise text. */
export interface Resources {
  readonly select: string | number;
  readonly place: string;
  readonly chunks: readonly Chunk[];
  readonly walltimeSeconds: number;
  /** Other `-l` words, as they were given. */
  readonly more: Readonly<Record<string, string>>;
}

/** What a job is from its submission on. */
export interface Submitted {
  readonly name: string;
  readonly user: string;
  readonly uid: number;
  readonly home: string;
  readonly submitHost: string;
  readonly queue: string;
  readonly project: string;
  readonly account?: string | undefined;
  readonly resources: Resources;
  readonly join: string;
  readonly keep: string;
  readonly remove: string;
  readonly output: string;
  readonly error: string;
  readonly umask: string;
  readonly shell?: string | undefined;
  readonly rerunable: boolean;
  readonly priority: number;
  readonly mail: string;
  readonly variables: readonly (readonly [string, string])[];
  readonly submitArguments: string;
  /** The stored copy of the script, or the words after `--`. */
  readonly script?: string | undefined;
  readonly argv?: readonly string[] | undefined;
  readonly array?: ArrayRange | undefined;
}

export interface ArrayRange {
  readonly text: string;
  readonly indices: readonly number[];
  readonly most: number;
}

export interface Used {
  readonly walltimeSeconds: number;
  readonly cpuSeconds: number;
}

export interface Job extends Submitted {
  readonly id: string;
  readonly seq: number;
  /** An element of an array: its index, and its parent's id. */
  readonly index?: number;
  readonly parent?: string;
  state: State;
  substate: number;
  /** `u` by the user, `s` for a dependency. */
  holds: string;
  depend: readonly Depend[];
  comment?: string | undefined;
  ctime: number;
  mtime: number;
  stime?: number | undefined;
  obittime?: number | undefined;
  runCount: number;
  exitStatus?: number | undefined;
  stageoutStatus?: number | undefined;
  historyTime?: number | undefined;
  sessionId?: number | undefined;
  execHost?: string | undefined;
  execVnode?: string | undefined;
  /** Hosts by chunk, the first one first. */
  hosts?: readonly { readonly host: string; readonly chunk: Chunk }[] | undefined;
  used?: Used | undefined;
  /** Asked to end by qdel, and by whom. */
  cancelled?: { readonly by: string; readonly force: boolean } | undefined;
  exceeded?: boolean | undefined;
  /** Until when it stays in E at least. */
  exitingUntil?: number | undefined;
  /** Its first host has been dead since then. */
  lostAt?: number | undefined;
}

/** A command as a person typed it. */
export interface Call {
  readonly program: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly user: string;
  readonly home: string;
  readonly host: string;
  readonly timeZone: string | undefined;
  /** Only qsub sends it. */
  readonly env: Readonly<Record<string, string>>;
  /** A file of the caller: its bytes, or why it cannot be read. */
  read(path: string): Promise<Buffer | string>;
}

export interface Answer {
  readonly code: number;
  readonly stdout?: string | Buffer | undefined;
  readonly stderr?: string | undefined;
}

/** A refusal: what the command prints on stderr, and its exit code (section 14). */
export class Refusal extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export const SERVER = 'pbs1';
export const isOver = (job: Job): boolean => job.state === 'F' || job.state === 'X';
/** Nothing of it runs, and nothing ever did in this run. */
export const isWaiting = (job: Job): boolean => job.state === 'Q' || job.state === 'H';
