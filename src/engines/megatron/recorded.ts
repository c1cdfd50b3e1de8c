import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Word } from '../../shell/word.ts';
import { type Flag, parseArguments } from './argparse.ts';
import { rowsOf } from './flags.ts';
import { namesOf, optionOf, optionsOf, RELEASES } from './releases/index.ts';
import type { Release } from './releases/release.ts';
import type { MegatronSpec } from './spec.ts';

/** Every option of pretrain_gpt.py of the newest release, as its own parser has them. */
export const RECORDED: readonly Flag[] = optionsOf(RELEASES[0] as Release);

/** The words as the program would get them; a variable of the job stands for a number here. */
export const sample = (words: readonly Word[]): string[] =>
  words.map(word => word.map(part => ('lit' in part ? part.lit : 'when' in part ? part.flag : '1')).join(''));

const pathOf = (flag: string, spec: MegatronSpec): string => {
  const row = rowsOf(spec.release).find(each => each.flag === flag);
  if (!row?.path) return `stages.${spec.context.name}.extra.${flag}`;
  return row.path.startsWith('/') ? row.path.slice(1) : `stages.${spec.context.name}.${row.path}`;
};

const flagIn = (message: string): string =>
  /^argument ([^:/]+)/.exec(message)?.[1] ?? /^unrecognized arguments: (\S+?)(=|\s|$)/.exec(message)?.[1] ?? '';

/** Ignored, and another training than was asked for: rule 15. */
const MISLEADING = ['--rampup-batch-size'];

const ignored = (flag: Flag, spec: MegatronSpec): Diagnostic => ({
  code: 'MRT-E006',
  severity: flag.status === 'rejected' || MISLEADING.includes(flag.flags[0] ?? '') ? 'error' : 'warning',
  what: `${spec.release.id} ${flag.status === 'rejected' ? 'refuses' : 'takes'} ${flag.flags[0]}${flag.status === 'rejected' ? '.' : ' and does nothing with it.'}`,
  hint: 'remove it.',
  path: pathOf(flag.flags[0] ?? '', spec),
});

/** The command line held against the recorded parser: names, types and choices, in argparse's own words. */
export const checkRecorded = (words: readonly Word[], spec: MegatronSpec): Diagnostic[] => {
  const parsed = parseArguments(optionsOf(spec.release), sample(words));
  const errors = parsed.errors.map(
    (message): Diagnostic => ({
      code: 'MRT-E005',
      severity: 'error',
      what: `pretrain_gpt.py would refuse this: ${message}.`,
      why: `the parser of ${spec.release.id} was recorded; the job would end with code 2 as soon as it got its nodes.`,
      hint: near(flagIn(message), spec.release) ?? elsewhere(flagIn(message)),
      path: pathOf(flagIn(message), spec),
    }),
  );
  const useless = [...parsed.given].filter(flag => flag.status === 'ignored' || flag.status === 'rejected');
  return [...errors, ...useless.map(flag => ignored(flag, spec))];
};

/** Releases that have a flag, for a hint. */
export const releasesWith = (flag: string): readonly string[] =>
  RELEASES.filter(release => optionOf(flag, release) !== undefined).map(each => each.id);

const elsewhere = (flag: string): string | undefined => {
  const releases = releasesWith(flag);
  return releases.length > 0 ? `releases that have it: ${releases.join(', ')}.` : undefined;
};

/** Known flags that share most of a misspelt one's words. */
const near = (flag: string, release: Release): string | undefined => {
  if (flag === '' || releasesWith(flag).length > 0) return undefined;
  const words = new Set(flag.split('-').filter(Boolean));
  const scored = [...namesOf(release)].map(name => {
    const own = name.split('-').filter(Boolean);
    const shared = own.filter(word => words.has(word)).length;
    return { name, score: shared / Math.max(own.length, words.size) };
  });
  const best = scored.sort((a, b) => b.score - a.score)[0];
  return best && best.score >= 0.5 ? `did you mean ${best.name}?` : undefined;
};
