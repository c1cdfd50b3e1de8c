import type { Word } from './word.ts';
import { env, lit } from './word.ts';

/**
 * A path of a profile as a word: `$NAME` is a variable of the job (`$PBS_LOCALDIR`), `~/` the home folder there; nothing
 * else in it expands.
 */
export const pathWord = (path: string): Word => {
  const [, home, rest] = /^(~(?=\/|$))?([\s\S]*)$/.exec(path) ?? [];
  const parts = (rest ?? '')
    .split(/(\$[A-Za-z_][A-Za-z0-9_]*)/)
    .filter(text => text !== '')
    .map(text => (/^\$[A-Za-z_]/.test(text) ? env(text.slice(1)) : { lit: text }));
  if (home) return [env('HOME'), ...parts];
  return parts.length ? parts : lit('');
};
