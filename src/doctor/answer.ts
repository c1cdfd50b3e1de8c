import type { Output } from '../model/output.ts';
import { type Ask, keyOf } from './ask.ts';

/** The facts of one question, by field. */
export type Answer = ReadonlyMap<string, string>;

const NOTHING: Answer = new Map();

/** What one round of templates/doctor/ printed. */
export interface Round {
  /** Text before our first line: the login's own. */
  readonly noise: string;
  readonly hello: Answer;
  /** By the question's number. */
  readonly answers: ReadonlyMap<number, Answer>;
  /** Its last line came. */
  readonly isWhole: boolean;
}

const MARK = 'martlet doctor 1';

const factText = (text: string): string =>
  text.startsWith(':') ? Buffer.from(text.slice(1), 'base64').toString('utf8') : text.slice(1);

/** Reads the lines of a round; undefined when it never began. A line that is no fact is passed over. */
export const readRound = (stdout: string): Round | undefined => {
  const begin = stdout.startsWith(`${MARK}\n`) ? 0 : stdout.indexOf(`\n${MARK}\n`);
  if (begin < 0) return undefined;
  const lines = stdout.slice(begin).trimStart().split('\n');
  const found = new Map<string, Map<string, string>>();
  for (const line of lines) {
    const [number, field, value] = line.split('\t');
    if (number === undefined || field === undefined || !/^[=:]/.test(value ?? '')) continue;
    const answer = found.get(number) ?? new Map<string, string>();
    answer.set(field, factText(value ?? ''));
    found.set(number, answer);
  }
  const numbered = [...found].filter(([number]) => /^\d+$/.test(number));
  return {
    noise: stdout.slice(0, begin),
    hello: found.get('hello') ?? NOTHING,
    answers: new Map(numbered.map(([number, answer]) => [Number(number), answer])),
    isWhole: lines.includes('end'),
  };
};

/** The answers of a round by their questions, asked in this order. Of one that was cut off, the last is not known to be whole. */
export const byQuestion = (asks: readonly Ask[], { answers, isWhole }: Round): ReadonlyMap<string, Answer> => {
  const cut = isWhole ? undefined : Math.max(...answers.keys());
  return new Map(asks.map((each, i) => [keyOf(each), (i === cut ? undefined : answers.get(i)) ?? NOTHING]));
};

/** Seconds it was waited for in vain. */
export const silentSeconds = (answer: Answer | undefined): number | undefined => {
  const seconds = answer?.get('silent');
  return seconds === undefined ? undefined : Number(seconds);
};

/** A field that says something. */
export const textOf = (answer: Answer | undefined, field: string): string | undefined => {
  const text = answer?.get(field)?.trim();
  return text ? text : undefined;
};

/** It answered in time, with this field; of what hangs only a beginning may have come. */
export const hasAnswered = (answer: Answer | undefined, field: string): answer is Answer =>
  answer !== undefined && silentSeconds(answer) === undefined && textOf(answer, field) !== undefined;

/** What a program said (look_run); undefined when it did not answer. */
export const outputOf = (answer: Answer | undefined): Output | undefined => {
  if (answer?.get('code') === undefined) return undefined;
  const code = answer.get('code') ?? '';
  return {
    code: /^\d+$/.test(code) ? Number(code) : null,
    stdout: answer.get('out') ?? '',
    stderr: answer.get('err') ?? '',
  };
};

/** What it printed, when it ended well. */
export const printed = (answer: Answer | undefined): string | undefined => {
  const out = outputOf(answer);
  return out?.code === 0 ? out.stdout : undefined;
};

/** Why there is no answer to use, in a few words. */
export const failureOf = (answer: Answer | undefined): string => {
  const silent = silentSeconds(answer);
  if (silent !== undefined) return `did not answer in ${silent} s`;
  const out = outputOf(answer);
  if (!out) return 'was not answered';
  const said = (out.stderr.trim() || out.stdout.trim()).split('\n')[0];
  return said || (out.code === 0 ? 'printed nothing' : `ended with code ${out.code}`);
};
