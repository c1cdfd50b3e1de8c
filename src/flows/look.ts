import type { Output } from '../model/output.ts';
import type { Remote } from '../remote/remote.ts';

/** round.sh answers with at most this many bytes of one log. */
export const LOOK_LIMIT_BYTES = 4194304;

/** What one attempt's folder says, with only the bytes nobody has read yet. */
export interface Look {
  readonly exit?: string | undefined;
  readonly boot: number;
  /** The submit's exit code and answer, written on the far side before anybody heard it. */
  readonly submitCode?: number | undefined;
  readonly submitOut?: string | undefined;
  readonly submitErr?: string | undefined;
  /** The native id that was found by looking a lost answer up. */
  readonly found?: string | undefined;
  /** Somebody cancelled it before anybody asked for it, and nobody will. */
  readonly blocked: boolean;
  readonly diary: Buffer;
  readonly log: Buffer;
  /** Files that are shorter than what was read of them; what came is from their beginning. */
  readonly cut: readonly string[];
  /** Files of which there is more than a round carries. */
  readonly more: readonly string[];
  /** The run's folder cannot be entered: not knowing is not an ending. */
  readonly silent: boolean;
}

export interface LookAt {
  readonly runDir: string;
  readonly folder: string;
  readonly diaryByte: number;
  readonly logByte: number;
  /** The submit's answer is not known yet. */
  readonly wantsAnswer: boolean;
}

/** One answer of round.sh: what the queue's own command said, and a look for each attempt that was asked about, in order. */
export interface RoundAnswer {
  readonly queue?: Output | undefined;
  readonly looks: readonly Look[];
}

const EMPTY: Look = {
  boot: 0,
  blocked: false,
  diary: Buffer.alloc(0),
  log: Buffer.alloc(0),
  cut: [],
  more: [],
  silent: false,
};

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
const textOf = (base64: string): string => bytesOf(base64).toString('utf8');

const FACTS: Readonly<Record<string, (look: Look, value: string) => Look>> = {
  exit: (look, exit) => ({ ...look, exit }),
  boot: (look, value) => ({ ...look, boot: Number(value) || 0 }),
  rc: (look, value) => ({ ...look, submitCode: /^\d+$/.test(value) ? Number(value) : undefined }),
  asked: (look, words) => ({ ...look, blocked: words.startsWith('cancelled ') }),
  found: (look, found) => ({ ...look, found: found || undefined }),
  out: (look, value) => ({ ...look, submitOut: textOf(value) }),
  err: (look, value) => ({ ...look, submitErr: textOf(value) }),
  diary: (look, value) => ({ ...look, diary: bytesOf(value) }),
  log: (look, value) => ({ ...look, log: bytesOf(value) }),
  more: (look, file) => ({ ...look, more: [...look.more, file] }),
  cut: (look, file) => ({ ...look, cut: [...look.cut, file] }),
  silent: look => ({ ...look, silent: true }),
};

/** Reads the lines of round.sh; undefined when the last line is missing, because then the answer was cut off. */
export const readRound = (stdout: string, attempts: number): RoundAnswer | undefined => {
  const lines = stdout.split('\n').filter(Boolean);
  if (lines.pop() !== 'end') return undefined;
  const looks = Array.from({ length: attempts }, () => EMPTY);
  let queue: Output | undefined;
  for (const line of lines) {
    const [key = '', kind = '', value = '', last = ''] = line.split('\t');
    const look = looks[Number(key)];
    if (key === 'queue')
      queue = { stdout: textOf(kind), code: /^\d+$/.test(value) ? Number(value) : null, stderr: textOf(last) };
    else if (look) looks[Number(key)] = FACTS[kind]?.(look, value) ?? look;
  }
  return { queue, looks };
};

/** Grouped by run in the order given, so that a run's folder is named once. */
const wordsOf = (at: readonly LookAt[]): string[] =>
  at.flatMap((each, i) => [
    ...(each.runDir === at[i - 1]?.runDir ? [] : ['@', each.runDir]),
    each.folder,
    String(each.diaryByte),
    String(each.logByte),
    each.wantsAnswer ? '1' : '0',
  ]);

/** A scheduler that hangs must not hold the round up for ever. */
const ROUND_MS = 120_000;

/**
 * One command for the question to the queue (none: empty) and for all attempts, of any number of runs; an answer that is not
 * whole is told as what the far side said instead.
 */
export const lookRound = async (
  remote: Remote,
  script: string,
  question: readonly string[],
  at: readonly LookAt[],
): Promise<RoundAnswer | { readonly silence: string }> => {
  const words = [String(question.length), ...question, ...wordsOf(at)];
  const out = await remote.run(['bash', '-s', '--', ...words], { stdin: script, timeoutMs: ROUND_MS });
  const answer = out.code === 0 ? readRound(out.stdout, at.length) : undefined;
  return answer ?? { silence: out.stderr.trim() || (out.signal ?? `exit code ${out.code}`) };
};
