import type { Output } from '../model/output.ts';
import type { Dialect, DialectOptions, Silence, SubmitAnswer } from './dialect.ts';

/** What a program said for itself: its complaint, else its words, else how it ended. */
export const said = (out: Output): string =>
  out.stderr.trim() || out.stdout.trim() || `exit code ${out.code ?? out.signal ?? 'unknown'}`;

/** Nothing of what was printed counts. */
export const silence = (out: Output): Silence => ({ kind: 'trouble', said: said(out) });

/** It ended well, and what it printed is no answer: cut off, or not the program we know. */
export const unreadable = (out: Output): Silence => ({
  kind: 'trouble',
  said: `an answer that cannot be read: ${said(out).slice(0, 500)}`,
});

/** The words of a question, under a login shell where the site's programs need its environment. */
export const asked = (options: DialectOptions, words: readonly string[]): readonly string[] =>
  options.login_shell ? ['bash', '-lc', 'exec "$@"', 'bash', ...words] : words;

/** A program could not even be started, and nothing printed an id. */
const isNotStarted = (out: Output): boolean =>
  (out.code === 126 || out.code === 127) &&
  /not found|No such file or directory|Permission denied|cannot execute/i.test(out.stderr);

/**
 * `accepted` is code 0 and a line that is an id; noise around it does not matter, and two ids are a doubt. `refused` is only
 * what `isRefused` lists, and never an answer that has an id in it. Everything else is `unsure`.
 */
export const submitAnswer = (
  out: Output,
  { idPattern }: Pick<Dialect, 'idPattern'>,
  isRefused: (out: Output) => boolean,
): SubmitAnswer => {
  const ids = new Set([...out.stdout.matchAll(new RegExp(idPattern, 'gm'))].map(found => found[1] ?? ''));
  const [nativeId] = ids;
  if (out.code === 0 && nativeId !== undefined && ids.size === 1) return { kind: 'accepted', nativeId };
  if (ids.size > 0 || !(isNotStarted(out) || isRefused(out))) return { kind: 'unsure', reason: said(out) };
  return { kind: 'refused', reason: said(out) };
};
