import type { Output } from '../model/output.ts';
import type { Part } from '../shell/word.ts';
import { env, lit, type Word, word } from '../shell/word.ts';
import { said, silence, submitAnswer } from './answer.ts';
import type { Dialect, DialectOptions, HistoryRecord, JobRequest, Seen, SeenJob, SubmitAnswer } from './dialect.ts';
import { fixed, named, sheet } from './directive.ts';

/** A scheduler that is a program of ours with sbatch-like verbs and answers of JSON lines: martlet-local, martlet-docker. */
export interface OwnProgram {
  /** `martlet-local`: how it begins its sentences on standard error. */
  readonly name: string;
  /** The variable that names it, in the walk and in every question. */
  readonly variable: string;
  readonly idPattern: string;
  readonly nameLimit: number;
  /** Words in front of every verb. */
  options?(options: DialectOptions): readonly string[];
  /** Words of submit beside those that every such program takes. */
  submitWords(name: string): readonly Word[];
}

const SEEN: ReadonlySet<Seen> = new Set<Seen>([
  ...(['queued', 'held', 'starting', 'running', 'suspended', 'ending', 'stuck', 'ended'] as const),
]);

/** `ok:1,any:2` with the ids filled in during the walk. */
const afterWord = (after: JobRequest['after']): Part[] =>
  after.flatMap(({ folder, when }, i): Part[] => [{ lit: `${i ? ',' : ''}${when}:` }, { idOf: folder }]);

interface Line {
  readonly id: string;
  readonly name?: string;
  readonly token?: string | null;
  readonly seen?: string;
  readonly raw?: string;
  readonly reason?: string;
  readonly failure?: string;
  readonly waitsFor?: readonly string[];
  readonly position?: { readonly place: number; readonly of: number };
}

/** JSON lines with an id each; undefined when the answer is anything else. */
const linesOf = (out: Output): Line[] | undefined => {
  if (out.code !== 0) return undefined;
  try {
    const lines = out.stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Line);
    return lines.every(line => typeof line?.id === 'string') ? lines : undefined;
  } catch {
    return undefined;
  }
};

const seenJob = ({ seen = '', raw = '', reason }: Line): SeenJob => ({
  seen: SEEN.has(seen as Seen) ? (seen as Seen) : 'unknown',
  raw,
  ...(reason === undefined ? {} : { reason }),
});

const record = ({ raw = '', failure }: Line): HistoryRecord => ({
  raw,
  ...(failure === undefined ? {} : { failure }),
});

/** A job is found by its token or by its name, both compared whole. */
const idsByToken = (lines: readonly Line[], tokens: readonly string[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    tokens.flatMap(token => {
      const ids = lines.filter(line => line.token === token || line.name === token).map(line => line.id);
      return ids.length > 0 ? [[token, ids]] : [];
    }),
  );

/** 126 and 127: the program could not even be started, whatever the shell said of it. */
const readSubmit = (out: Output, program: OwnProgram): SubmitAnswer =>
  submitAnswer(
    out,
    program,
    ({ code, stderr }) =>
      code === 126 || code === 127 || new RegExp(`^${program.name}: (refused|usage): `, 'm').test(stderr),
  );

type Asking = Pick<
  Dialect,
  | 'poll'
  | 'readPoll'
  | 'find'
  | 'readFind'
  | 'history'
  | 'readHistory'
  | 'cancel'
  | 'readCancel'
  | 'hold'
  | 'release'
  | 'readAct'
  | 'why'
  | 'readWhy'
>;

const asking = (program: OwnProgram): Asking => {
  // An asking command is run without a shell: its program is named by the environment, as in the walk.
  const ask = (options: DialectOptions, ...words: readonly string[]): readonly string[] => [
    ...['sh', '-c', `exec "$${program.variable}" "$@"`, program.name],
    ...(program.options?.(options) ?? []),
    ...words,
  ];
  const acted: Dialect['readAct'] = out => {
    if (out.code === 0) return { kind: 'done' };
    const isRefused = new RegExp(`^${program.name}: refused: `, 'm').test(out.stderr);
    return isRefused ? { kind: 'refused', said: said(out) } : silence(out);
  };
  return {
    poll: (nativeIds, options) => ask(options, 'poll', ...nativeIds),
    readPoll: out => {
      const lines = linesOf(out);
      return lines ? { kind: 'answered', jobs: new Map(lines.map(line => [line.id, seenJob(line)])) } : silence(out);
    },
    find: (tokens, options) => ask(options, 'find', ...tokens),
    readFind: (out, tokens) => {
      const lines = linesOf(out);
      return lines ? { kind: 'answered', ids: idsByToken(lines, tokens) } : silence(out);
    },
    history: (nativeIds, options) => ask(options, 'history', ...nativeIds),
    readHistory: out => {
      const lines = linesOf(out);
      return lines ? { kind: 'answered', records: new Map(lines.map(line => [line.id, record(line)])) } : silence(out);
    },
    cancel: (nativeIds, options) => ask(options, 'cancel', ...nativeIds),
    readCancel: acted,
    hold: (nativeIds, options) => ask(options, 'hold', ...nativeIds),
    release: (nativeIds, options) => ask(options, 'release', ...nativeIds),
    readAct: acted,
    why: (nativeId, options) => ask(options, 'why', nativeId),
    readWhy: (out, nativeId) => {
      const lines = linesOf(out);
      if (!lines) return silence(out);
      const line = lines.find(each => each.id === nativeId);
      if (!line || line.seen === 'ended') return { kind: 'unknown', said: line?.raw ?? 'not in the queue' };
      const { seen = '', reason, waitsFor = [], position } = line;
      return {
        kind: 'answered',
        waiting: { state: seen, reason, waitsFor, details: [], ...(position ? { position } : {}) },
      };
    },
  };
};

type Shared = Asking &
  Pick<Dialect, 'nameLimit' | 'directives' | 'submit' | 'idPattern' | 'readSubmit' | 'exclude' | 'array' | 'isOwn'>;

/** What all such programs have in common. */
export const ownProgram = (program: OwnProgram): Shared => ({
  ...asking(program),
  nameLimit: program.nameLimit,
  // Comments for a reader: the program takes everything on its command line.
  directives: job =>
    sheet(
      '#MARTLET',
      [...named('name=', job.name, program.nameLimit), fixed(`walltime=${job.walltimeSeconds}`)],
      job.siteDirectives,
    ),
  submit: (script, job, name) => [
    [env(program.variable)],
    ...(program.options?.(job.options) ?? []).map(lit),
    lit('submit'),
    word`--name=${name}`,
    word`--token=${job.token}`,
    ...(job.after.length > 0 ? [[{ lit: '--after=' }, ...afterWord(job.after)]] : []),
    word`--walltime=${Math.ceil(job.walltimeSeconds)}`,
    ...program.submitWords(name),
    ...job.submitArgs.map(lit),
    lit(script),
  ],
  idPattern: program.idPattern,
  readSubmit: out => readSubmit(out, program),
  exclude: () => undefined,
  array: () => undefined,
  isOwn: true,
});
