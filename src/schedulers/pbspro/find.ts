import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { commandText, programText, readSections } from '../sections.ts';
import { programPath } from '../words.ts';
import { plainly } from './programs.ts';
import { idPattern } from './submit.ts';

/**
 * PBS keeps a token only as the name (-N), whole. `qselect -x` also knows what has ended, for as long as the server keeps
 * its history (ABCI: 10 days), and prints one id a line; nothing found is exit code 0.
 */
export const find: Dialect['find'] = (tokens, options) => {
  const qselect = commandText(plainly([programPath('qselect', options.bin), '-x']));
  return asked(options, ['sh', '-c', programText([], `${qselect} -u "$(id -un)" -N "$each"`), 'sh', ...tokens]);
};

const idsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(new RegExp(idPattern, 'gm'))].map(found => found[1] ?? '')),
];

export const readFind: Dialect['readFind'] = (out, tokens) => {
  const sections = readSections(out);
  if (!sections || tokens.some(token => !sections.has(token))) return out.code === 0 ? unreadable(out) : silence(out);
  const bad = [...sections.values()].find(each => each.code !== 0);
  if (bad) return silence(bad);
  const found = tokens.map(token => [token, idsIn(sections.get(token)?.stdout ?? '')] as const);
  return { kind: 'answered', ids: new Map(found.filter(([, ids]) => ids.length > 0)) };
};
