import type { Output } from '../../model/output.ts';
import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect, DialectOptions } from '../dialect.ts';
import { commandText, programText, readSections, type Section } from '../sections.ts';
import { programPath } from '../words.ts';
import { plainly } from './programs.ts';
import { readTable } from './table.ts';

/** How far back accounting is searched: a submit is looked up soon after it, but a laptop may have slept meanwhile. */
const BACK = 'now-14days';

/** Comments are kept by the queue always, by accounting only with AccountingStoreFlags=job_comment; names by both. */
const queueSection = (options: DialectOptions): Section => ({
  name: 'queue',
  command: commandText(
    plainly([
      ...[programPath('squeue', options.bin), '--me', '--all', '--states=all'],
      '--Format=ArrayJobID:|,Comment:|,Name:',
    ]),
  ),
});

const accountingSection = (options: DialectOptions): Section => ({
  name: 'accounting',
  command: `${commandText(
    plainly([programPath('sacct', options.bin), '-X', '-P', '-S', BACK, '-o', 'JobID,Comment,JobName']),
  )} -u "$(id -un)"`,
});

export const find: Dialect['find'] = (_, options) =>
  asked(options, [
    'sh',
    '-c',
    programText([queueSection(options), ...(options.accounting === false ? [] : [accountingSection(options)])]),
  ]);

/** There is no accounting here, which is no trouble: no program, or slurm.conf says that nothing is stored. */
export const hasNoAccounting = (out: Output): boolean =>
  out.code === 127 || /Slurm accounting storage is disabled|accounting_storage\/none/i.test(out.stdout);

/** `34_[2-4%2]`, `34_0`, `5+1`: the id that sbatch gave. */
export const baseId = (id: string): string => /^\d+/.exec(id.trim())?.[0] ?? '';

/** COMMENT|NAME: the comment, and the name where no `|` in either makes it doubtful which is which. Tokens have none. */
const tokensIn = (rest: string): string[] => {
  const [comment = '', name, ...more] = rest.split('|');
  return more.length > 0 || name === undefined ? [comment] : [comment, name];
};

/** Ids by every comment and name. */
const idsByText = (rows: readonly (readonly string[])[]): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const [id = '', ...rest] of rows)
    for (const text of tokensIn(rest.join('|'))) {
      const known = found.get(text);
      if (known) known.add(baseId(id));
      else found.set(text, new Set([baseId(id)]));
    }
  return found;
};

/**
 * Queue and accounting must both have answered; where there is no accounting the queue alone does, and what it does not know
 * may have ended before MinJobAge (300 s).
 */
export const readFind: Dialect['readFind'] = (out, tokens) => {
  const sections = readSections(out);
  const queue = sections?.get('queue');
  if (!queue) return out.code === 0 ? unreadable(out) : silence(out);
  const accounting = sections?.get('accounting');
  const blind = !accounting || hasNoAccounting(accounting);
  const answers = [queue, ...(blind ? [] : [accounting])];
  const bad = answers.find(each => each.code !== 0);
  if (bad) return silence(bad);
  const tables = [readTable(queue.stdout, 'ARRAY_JOB_ID'), blind ? undefined : readTable(accounting.stdout, 'JobID')];
  if (!tables[0] || (!blind && !tables[1])) return unreadable(out);
  const known = idsByText(tables.flatMap(table => table?.rows ?? []));
  const queued = idsByText(tables[0].rows);
  const found = tokens.map(token => [token, [...(known.get(token) ?? [])]] as const);
  return {
    kind: 'answered',
    queued: new Set(tokens.flatMap(token => [...(queued.get(token) ?? [])])),
    ids: new Map(found.filter(([, ids]) => ids.length > 0)),
    ...(blind ? { unsearched: UNSEARCHED } : {}),
  };
};

const UNSEARCHED = 'jobs that ended more than MinJobAge ago (300 s by default): this Slurm keeps no accounting';
