import type { Output } from '../model/output.ts';
import type { Remote } from '../remote/remote.ts';
import type { Dialect, DialectOptions, FindAnswer, SubmitAnswer } from '../schedulers/dialect.ts';
import type { Store } from '../store/store.ts';
import { dialectOf } from './dialects.ts';

/** What the walk says of one attempt: the submit's own exit code and words, or that it cannot be known. */
export interface WalkAnswer {
  readonly folder: string;
  readonly answer: SubmitAnswer;
}

const decoded = (base64: string | undefined): string =>
  base64 === undefined || base64 === '-' ? '' : Buffer.from(base64, 'base64').toString('utf8');

/** `@martlet FOLDER answered|unsure|not-asked CODE OUT ERR`: the lines of templates/walk/submit.sh, texts in base64. */
const readLine = (line: string, dialect: Dialect): WalkAnswer[] => {
  const [mark, folder, state, code, out, err] = line.split(' ');
  if (mark !== '@martlet' || !folder) return [];
  if (state === 'unsure')
    return [{ folder, answer: { kind: 'unsure', reason: 'it was asked for, but no answer was written' } }];
  if (state !== 'answered') return [];
  // An asker killed between the answer and its code leaves the answer; the id in it is proof enough.
  const said: Output = { code: code === '-' ? 0 : Number(code), stdout: decoded(out), stderr: decoded(err) };
  return [{ folder, answer: dialect.readSubmit(said) }];
};

/** All answers of a walk. `whole`: the walk went through; else the far side may have gone on alone. */
export const readWalk = (out: Output, dialect: Dialect): { answers: WalkAnswer[]; whole: boolean } => ({
  answers: out.stdout.split('\n').flatMap(line => readLine(line, dialect)),
  whole: out.code === 0,
});

/** Where and in which words a queue is asked: the part of a plan that says so. */
interface Queue {
  readonly scheduler: string;
  readonly options: DialectOptions;
}

/** Longer than any scheduler's own time-out: one that hangs is one that did not answer, ms. */
export const ASK_MS = 120_000;

/** What a look-up found: the native id of each token that has just one job. */
interface Found {
  readonly ids: ReadonlyMap<string, string>;
  /** Why a token that is not in `ids` may have had a job all the same: no answer, or a part that could not be searched. */
  readonly doubt?: string | undefined;
  /** The queue did not answer at all. */
  readonly trouble?: string | undefined;
}

/** Asks queue and history for tokens, with one question. */
export const findTokens = async (
  tokens: readonly string[],
  { scheduler, options }: Queue,
  remote: Remote,
): Promise<FindAnswer> => {
  const dialect = dialectOf(scheduler);
  return dialect.readFind(await remote.run(dialect.find(tokens, options), { timeoutMs: ASK_MS }), tokens);
};

/** Looks tokens up; one hit is an answer, anything else is not. */
export const lookUp = async (tokens: readonly string[], queue: Queue, remote: Remote): Promise<Found> => {
  if (tokens.length === 0) return { ids: new Map() };
  const found = await findTokens(tokens, queue, remote);
  if (found.kind === 'trouble') return { ids: new Map(), doubt: found.said, trouble: found.said };
  const single = [...found.ids].flatMap(([token, ids]) =>
    ids.length === 1 && ids[0] !== undefined ? [[token, ids[0]] as const] : [],
  );
  const several = [...found.ids].find(([, ids]) => ids.length > 1);
  const doubt = several && `${several[0]} has ${several[1].length} jobs: ${several[1].join(', ')}`;
  return { ids: new Map(single), doubt: doubt ?? found.unsearched };
};

/** Looks up jobs whose answer was lost and notes the ids that were found. Answers why, when the queue did not answer. */
export const settleLost = async (
  lost: readonly { readonly job: { readonly id: string }; readonly store: Store }[],
  queue: Queue,
  remote: Remote,
  at: () => Date,
): Promise<string | undefined> => {
  const nameOf = ({ job, store }: (typeof lost)[number]): string => store.record(job.id)?.name ?? '';
  const { ids, trouble } = await lookUp(lost.map(nameOf).filter(Boolean), queue, remote);
  for (const each of lost) {
    const nativeId = ids.get(nameOf(each));
    const attempt = each.store.record(each.job.id)?.attempt ?? 1;
    if (nativeId !== undefined)
      each.store.append(each.job.id, `accepted:${attempt}`, at().toISOString(), {
        kind: 'submit-accepted',
        attempt,
        nativeId,
      });
  }
  return trouble;
};
