import type { Output } from '../../model/output.ts';
import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect, DialectOptions, HistoryAnswer, HistoryRecord } from '../dialect.ts';
import { byId } from '../elements.ts';
import { commandText, programText, readSections, type Section } from '../sections.ts';
import { programPath } from '../words.ts';
import { recordOf, recordTogether } from './failures.ts';
import { baseId, hasNoAccounting } from './find.ts';
import { plainly } from './programs.ts';
import { cell, readTable, type Table } from './table.ts';

/** Ids in one word of sacct's line; the kernel takes 128 KiB a word, and -j may stand there several times. */
const IDS_PER_WORD = 5000;

const idWords = (nativeIds: readonly string[]): string[] => {
  const words: string[] = [];
  for (let i = 0; i < nativeIds.length; i += IDS_PER_WORD)
    words.push('-j', nativeIds.slice(i, i + IDS_PER_WORD).join(','));
  return words;
};

/**
 * -X: no steps, so no `.batch` that was killed beside a job that ended well. Without -D: the last run of a requeued job.
 * `"$@"` are the ids: the program is one word too.
 */
const accounting = (options: DialectOptions): Section => ({
  name: 'accounting',
  command: `${commandText(
    plainly([programPath('sacct', options.bin), '-X', '-P', '-o', 'JobID,State,ExitCode,Reason']),
  )} "$@"`,
});

/** Where there is no accounting the queue remembers ended jobs for MinJobAge; asked as ever for all jobs of this person. */
const queue = (options: DialectOptions): Section => ({
  name: 'queue',
  after: options.accounting === false ? undefined : 'bad',
  command: commandText(
    plainly([
      ...[programPath('squeue', options.bin), '--me', '--all', '--states=all'],
      '--Format=ArrayJobID:|,State:|,exit_code:|,Reason:',
    ]),
  ),
});

export const history: Dialect['history'] = (nativeIds, options) =>
  asked(options, [
    'sh',
    '-c',
    programText([
      ...(options.accounting === false ? [] : [accounting(options)]),
      ...(options.accounting === true ? [] : [queue(options)]),
    ]),
    'sh',
    ...idWords(nativeIds),
  ]);

/** `10.batch`, `10.extern`, `10.0`: steps, where somebody asked without -X. */
const isStep = (id: string): boolean => id.includes('.');

const records = (
  table: Table,
  names: { id: string; exitCode: string; reason: string; state: string },
  nativeIds: readonly string[],
): ReadonlyMap<string, HistoryRecord> => {
  const lines = table.rows
    .map(row => ({ row, id: cell(table, row, names.id) }))
    .filter(({ id }) => !isStep(id))
    .map(({ row, id }) => {
      const of = (name: string) => cell(table, row, name);
      return [baseId(id), { id, ...recordOf(of(names.state), of(names.exitCode), of(names.reason)) }] as const;
    });
  return new Map([...byId(lines, nativeIds)].map(([id, elements]) => [id, recordTogether(elements)]));
};

const ACCOUNTING = { id: 'JobID', state: 'State', exitCode: 'ExitCode', reason: 'Reason' };
const QUEUE = { id: 'ARRAY_JOB_ID', state: 'STATE', exitCode: 'EXIT_CODE', reason: 'REASON' };

const read = (section: Output, names: typeof ACCOUNTING, nativeIds: readonly string[]): HistoryAnswer => {
  if (section.code !== 0) return silence(section);
  const table = readTable(section.stdout, names.id);
  return table ? { kind: 'answered', records: records(table, names, nativeIds) } : unreadable(section);
};

export const readHistory: Dialect['readHistory'] = (out, nativeIds) => {
  const sections = readSections(out);
  if (!sections) return out.code === 0 ? unreadable(out) : silence(out);
  const kept = sections.get('accounting');
  const seen = sections.get('queue');
  if (kept && !hasNoAccounting(kept)) return read(kept, ACCOUNTING, nativeIds);
  return seen ? read(seen, QUEUE, nativeIds) : silence(kept ?? out);
};
