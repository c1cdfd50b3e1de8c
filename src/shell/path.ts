import type { Word } from './word.ts';
import { env, lit } from './word.ts';

/** `$_` alone is bash's own word for the last argument: no variable of a job. */
const VARIABLE = /(\$(?:[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+))/;

/**
 * A path of a profile as a word: `$NAME` is a variable of the job (`$PBS_LOCALDIR`), `~/` the home folder there; nothing
 * else in it expands.
 */
export const pathWord = (path: string): Word => {
  const [, home, rest] = /^(~(?=\/|$))?([\s\S]*)$/.exec(path) ?? [];
  const parts = (rest ?? '')
    .split(VARIABLE)
    .filter(text => text !== '')
    .map(text => (VARIABLE.test(text) ? env(text.slice(1)) : { lit: text }));
  if (home) return [env('HOME'), ...parts];
  return parts.length ? parts : lit('');
};
