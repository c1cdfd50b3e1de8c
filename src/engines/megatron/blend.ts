import type { Diagnostic } from '../../model/diagnostic.ts';
import type { CptStage } from '../../recipe/schema.ts';
import type { StageContext } from '../engine.ts';

/**
 * Members that still go on the command line. Linux takes 2 MiB of words and environment together, and every rank, its log and
 * every line of `ps` repeat them; a hundred prefixes are about 20 KiB. A longer list is a file, one member a line.
 */
const MOST_ON_THE_LINE = 100;

const FILE = 'data-args.txt';

const isLong = ({ blend }: StageContext): boolean => blend.length > MOST_ON_THE_LINE;

const wordsOf = ({ blend }: StageContext): string[][] => blend.map(each => [String(each.weight), each.prefix]);

/** Words of --data-path: weight, prefix, weight, prefix, ... */
export const dataPath = (context: StageContext): string[] | undefined =>
  isLong(context) ? undefined : wordsOf(context).flat();

/** --data-args-path: the same words in a file beside the job's script. */
export const dataArgsPath = (context: StageContext): string | undefined =>
  isLong(context) ? `${context.jobDir}/${FILE}` : undefined;

export const dataArgsFile = (context: StageContext): Readonly<Record<string, string>> =>
  isLong(context)
    ? {
        [FILE]: `${wordsOf(context)
          .map(each => each.join(' '))
          .join('\n')}\n`,
      }
    : {};

/** Megatron-LM splits such a file at every blank, so a prefix with one would be two. */
export const checkDataArgs = (context: StageContext): Diagnostic[] =>
  isLong(context)
    ? context.blend
        .filter(each => /\s/.test(each.prefix))
        .map(({ dataset, prefix }) => ({
          code: 'MRT-D015',
          severity: 'error',
          what: `a blend of ${context.blend.length} files is given as a list, which "${prefix}" cannot be in.`,
          why: '--data-args-path is split at blanks.',
          hint: `name ${dataset} by a path without blanks; a link will do.`,
          path: `mixtures.${(context.stage as CptStage).mixture}`,
        }))
    : [];
