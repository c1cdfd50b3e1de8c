import type { Answer } from './answer.ts';
import { textOf } from './answer.ts';

/** What is used, and the most that may be; bytes and files. A limit that is not there is undefined. */
export interface Quota {
  /** `user`, `group tga-x`. */
  readonly whose: string;
  readonly usedBytes: number;
  readonly limitBytes?: number | undefined;
  readonly usedFiles: number;
  readonly limitFiles?: number | undefined;
}

/** 0 is no limit. */
const orNone = (value: number): number | undefined => (value > 0 ? value : undefined);

/**
 * Used, soft and hard limit in KiB, grace, then the same in files: the order that `lfs quota` and `quota -p` share
 * (lfs-quota(1), quota(1)). A star marks what is over its soft limit; a long name of the file system has a line of its own.
 */
const ROW = /(?:^|\s)\[?(\d+)\*?\]?\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\*?\s+(\d+)\s+(\d+)(?:\s|$)/;

const rowIn = (whose: string, text: string | undefined): Quota[] => {
  const numbers = ROW.exec(text ?? '');
  if (!numbers) return [];
  const at = (i: number): number => Number(numbers[i]);
  const [soft, hard] = [at(2), at(3)];
  return [
    {
      whose,
      usedBytes: at(1) * 1024,
      limitBytes: orNone((hard || soft) * 1024),
      usedFiles: at(5),
      limitFiles: orNone(at(7) || at(6)),
    },
  ];
};

/** `mmlsquota -Y`: a line that names the columns, then one line a quota; the file system is not named by its mount there. */
const gpfsIn = (text: string | undefined): Quota[] => {
  const lines = (text ?? '').split('\n').filter(line => line.startsWith('mmlsquota:'));
  const head = lines.find(line => line.includes(':HEADER:'))?.split(':') ?? [];
  return lines
    .filter(line => !line.includes(':HEADER:'))
    .map(line => {
      const cells = line.split(':');
      const of = (name: string): number => Number(cells[head.indexOf(name)] ?? 0);
      const text = (name: string): string => cells[head.indexOf(name)] ?? '';
      return {
        whose: `${text('quotaType').toLowerCase()} ${text('name')} on ${text('filesystemName')}`,
        usedBytes: of('blockUsage') * 1024,
        limitBytes: orNone((of('blockLimit') || of('blockQuota')) * 1024),
        usedFiles: of('filesUsage'),
        limitFiles: orNone(of('filesLimit') || of('filesQuota')),
      };
    });
};

/** Every quota that look_place saw. */
export const quotasIn = (place: Answer | undefined): readonly Quota[] => {
  const [, group, ofGroup] = /^(\S+) ([\s\S]*)$/.exec(textOf(place, 'lfs.group') ?? '') ?? [];
  return [
    ...rowIn('user', textOf(place, 'lfs.user')),
    ...rowIn(`group ${group}`, ofGroup),
    ...rowIn('user', textOf(place, 'quota')),
    ...gpfsIn(textOf(place, 'mmlsquota')),
  ].filter(each => each.limitBytes !== undefined || each.limitFiles !== undefined);
};
