import type { Output } from '../model/output.ts';
import { env, lit, lits, type Part, word } from '../shell/word.ts';
import { said, silence } from './answer.ts';
import type { ActAnswer, Dialect, HistoryRecord, JobRequest, Seen, SeenJob } from './dialect.ts';
import { fixed, named, sheet } from './directive.ts';

/** martlet-local takes 255 characters; its output file NAME.out must be a file name. */
const NAME_LIMIT = 230;

const SEEN: Readonly<Record<string, Seen>> = {
  queued: 'queued',
  held: 'held',
  starting: 'starting',
  running: 'running',
  ending: 'ending',
  ended: 'ended',
};

/** `ok:1,any:2` with the ids filled in during the walk. */
const afterWord = (after: JobRequest['after']): Part[] =>
  after.flatMap(({ folder, when }, i): Part[] => [{ lit: `${i ? ',' : ''}${when}:` }, { idOf: folder }]);

/** An asking command, which is run without a shell: its program is named by the environment, as in the walk. */
const ask = (...words: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  'exec "$MARTLET_LOCAL" "$@"',
  'martlet-local',
  ...words,
];

interface Line {
  readonly id: string;
  readonly name?: string;
  readonly token?: string | null;
  readonly seen?: string;
  readonly raw?: string;
  readonly reason?: string;
  readonly failure?: string;
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
  seen: SEEN[seen] ?? 'unknown',
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

const acted = (out: Output): ActAnswer => {
  if (out.code === 0) return { kind: 'done' };
  return /^martlet-local: refused: /m.test(out.stderr) ? { kind: 'refused', said: said(out) } : silence(out);
};

/** The scheduler of cluster `local`: martlet-local, a program of ours (src/embedded). MARTLET_LOCAL names it. */
export const embedded: Dialect = {
  id: 'embedded',
  title: 'martlet-local',
  manual: 'src/embedded/README.md',
  nameLimit: NAME_LIMIT,
  keeps: [
    ...['MARTLET_EMBEDDED_DIR', 'MARTLET_LOCAL_SLOTS', 'MARTLET_NODE', 'LC_CTYPE'],
    ...['XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'],
  ],
  killGraceSeconds: 8, // templates/embedded/companion.sh waits 10 s between TERM and KILL
  jobIdVar: 'MARTLET_LOCAL_JOB_ID',
  jobNameVar: 'MARTLET_LOCAL_JOB_NAME',
  hosts: () => lits('uname', '-n'),
  // Comments for a reader: martlet-local takes everything on its command line.
  directives: job =>
    sheet(
      '#MARTLET',
      [...named('name=', job.name, NAME_LIMIT), fixed(`walltime=${job.walltimeSeconds}`)],
      job.siteDirectives,
    ),
  submit: (script, job, name) => [
    [env('MARTLET_LOCAL')],
    lit('submit'),
    word`--name=${name}`,
    word`--token=${job.token}`,
    ...(job.after.length > 0 ? [[{ lit: '--after=' }, ...afterWord(job.after)]] : []),
    word`--walltime=${Math.ceil(job.walltimeSeconds)}`,
    word`--output=${name}.out`,
    ...job.submitArgs.map(lit),
    lit(script),
  ],
  idPattern: '^([0-9]+)$',
  readSubmit: out => {
    const nativeId = /^([0-9]+)$/m.exec(out.stdout)?.[1];
    if (out.code === 0 && nativeId !== undefined) return { kind: 'accepted', nativeId };
    // 126 and 127: the program could not even be started.
    const isRefused = /^martlet-local: (refused|usage): /m.test(out.stderr) || out.code === 126 || out.code === 127;
    return { kind: isRefused ? 'refused' : 'unsure', reason: said(out) };
  },
  poll: nativeIds => ask('poll', ...nativeIds),
  readPoll: out => {
    const lines = linesOf(out);
    return lines ? { kind: 'answered', jobs: new Map(lines.map(line => [line.id, seenJob(line)])) } : silence(out);
  },
  find: tokens => ask('find', ...tokens),
  readFind: (out, tokens) => {
    const lines = linesOf(out);
    return lines ? { kind: 'answered', ids: idsByToken(lines, tokens) } : silence(out);
  },
  history: nativeIds => ask('history', ...nativeIds),
  readHistory: out => {
    const lines = linesOf(out);
    return lines ? { kind: 'answered', records: new Map(lines.map(line => [line.id, record(line)])) } : silence(out);
  },
  cancel: nativeIds => ask('cancel', ...nativeIds),
  readCancel: acted,
  hold: nativeIds => ask('hold', ...nativeIds),
  release: nativeIds => ask('release', ...nativeIds),
  readAct: acted,
  why: nativeId => ask('poll', nativeId),
  readWhy: (out, nativeId) => {
    const lines = linesOf(out);
    if (!lines) return silence(out);
    const line = lines.find(each => each.id === nativeId);
    if (!line || line.seen === 'ended') return { kind: 'unknown', said: line?.raw ?? 'not in the queue' };
    return { kind: 'answered', waiting: { state: line.seen ?? '', reason: line.reason, waitsFor: [], details: [] } };
  },
  exclude: () => undefined,
  array: () => undefined,
  // It is this machine's own: asking it often troubles nobody.
  pollSeconds: 0.5,
  graceSeconds: 5,
};
