import type { Part, Word } from '../shell/word.ts';
import { idOf, lit } from '../shell/word.ts';
import type { ArrayRange, JobRequest } from './dialect.ts';

/** A program of the scheduler: by its full path where the profile says that PATH may lack it. */
export const programPath = (name: string, bin: string | undefined): string => (bin ? `${bin}/${name}` : name);
export const program = (name: string, bin: string | undefined): Word => lit(programPath(name, bin));

/** The account as words of the submit line (`-g GROUP`, `--account=GROUP`), where the site wants it there. */
export const accountWords = (job: JobRequest, usual: string): readonly Word[] => {
  if (job.accountBy !== 'submit' || job.account === undefined) return [];
  const option = job.accountOption ?? usual;
  return option.startsWith('--') ? [lit(`${option}=${job.account}`)] : [lit(option), lit(job.account)];
};

/** Native ids of `folders` with `separator` between them, filled in during the walk. */
export const ids = (folders: readonly string[], separator: string): Part[] =>
  folders.flatMap((folder, i) => (i ? [{ lit: separator }, idOf(folder)] : [idOf(folder)]));

/** `afterok:1:2,afterany:3`, the form PBS and Slurm share; undefined when it waits for nobody. */
export const afterWord = (option: string, after: JobRequest['after']): Word | undefined => {
  const group = (when: 'ok' | 'any'): Part[] => {
    const folders = after.filter(each => each.when === when).map(each => each.folder);
    return folders.length ? [{ lit: `after${when}:` }, ...ids(folders, ':')] : [];
  };
  const [ok, any] = [group('ok'), group('any')];
  if (!ok.length && !any.length) return undefined;
  return [{ lit: option }, ...ok, ...(ok.length && any.length ? [{ lit: ',' }] : []), ...any];
};

/** Each line's column once, in the file's order: the first host is the one the job's script runs on. */
export const firstSeen = (file: Word, column: number): readonly Word[] => [
  lit('awk'),
  lit(`!seen[$${column}]++ { print $${column} }`),
  file,
];

/** `0-15:3%4`, the form that PBS and Slurm share. */
export const arrayIndices = ({ first, last, step, most }: ArrayRange): string =>
  `${first}-${last}${step === undefined || step === 1 ? '' : `:${step}`}${most === undefined ? '' : `%${most}`}`;
