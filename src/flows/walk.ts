import type { Output } from '../model/output.ts';
import type { Remote } from '../remote/remote.ts';
import type { Dialect, SubmitAnswer } from '../schedulers/dialect.ts';

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

/** An unsure submit is looked up by its token, in queue and history; one hit is an answer, anything else is not. */
export const lookUp = async (token: string, dialect: Dialect, remote: Remote): Promise<string | undefined> => {
  const found = dialect.readFind(await remote.run(dialect.find([token], {})), [token]);
  const ids = found.kind === 'answered' ? (found.ids.get(token) ?? []) : [];
  return ids.length === 1 ? ids[0] : undefined;
};
