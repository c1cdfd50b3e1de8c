import type { Output } from '../model/output.ts';
import type { Remote } from '../remote/remote.ts';
import type { Dialect, SubmitAnswer } from '../schedulers/dialect.ts';

/** What the walk says of one attempt: the submit's own exit code and words, or that it cannot be known. */
export interface WalkAnswer {
  readonly folder: string;
  readonly answer: SubmitAnswer;
}

const decoded = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('utf8');

/**
 * Reads the framed answers of templates/walk/submit.sh, one line a job:
 * `answer FOLDER RC BASE64_OUT BASE64_ERR`, `unsure FOLDER`, `held-back FOLDER`; the last line is `end`.
 */
export const readWalk = (out: Output, dialect: Dialect): { answers: WalkAnswer[]; whole: boolean } => {
  const lines = out.stdout.split('\n').filter(Boolean);
  const answers = lines.flatMap((line): WalkAnswer[] => {
    const [kind, folder, code, stdout, stderr] = line.split('\t');
    if (!folder) return [];
    if (kind === 'answer') {
      const said: Output = { code: Number(code), stdout: decoded(stdout), stderr: decoded(stderr) };
      return [{ folder, answer: dialect.readSubmit(said) }];
    }
    if (kind === 'unsure')
      return [{ folder, answer: { kind: 'unsure', reason: 'it was asked for, but no answer was written' } }];
    return [];
  });
  return { answers, whole: lines.at(-1) === 'end' };
};

/** An unsure submit is looked up by its token, in queue and history; one hit is an answer, anything else is not. */
export const lookUp = async (token: string, dialect: Dialect, remote: Remote): Promise<string | undefined> => {
  const found = dialect.readFind(await remote.run(dialect.find(token)));
  return found.kind === 'answered' && found.nativeIds.length === 1 ? found.nativeIds[0] : undefined;
};
