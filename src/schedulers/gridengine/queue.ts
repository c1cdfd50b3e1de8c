import type { Output } from '../../model/output.ts';
import { silence, unreadable } from '../answer.ts';
import type { PollAnswer, SeenJob } from '../dialect.ts';
import { commandText, type Section } from '../sections.ts';
import { programPath } from '../words.ts';
import { seenOf } from './states.ts';

/** A line of the queue; an array has one for each element that runs, and one for all that wait. */
export interface Row {
  readonly id: string;
  readonly letters: string;
  readonly priority?: string | undefined;
  readonly user?: string | undefined;
  /** Whole only where the form says so (-r, -xml): the table cuts names at 10 characters. */
  readonly name?: string | undefined;
}

/**
 * The queue of this person. `-s prs`: a person's or the cell's sge_qstat file may say otherwise. Such a file may add columns
 * (-ext), too, so they are found by the header. An empty queue prints nothing, and so does a qstat that failed and kept it to
 * itself: when no row came, the jobs that are meant (ids or names, the arguments of sh) have to be said not to exist.
 */
export const queueSections = (bin: string | undefined, form: readonly string[]): readonly Section[] => {
  const qstat = ['env', 'LC_ALL=C', programPath('qstat', bin)];
  const all = `${commandText([...qstat, '-s', 'prs', ...form])} -u "$(id -un)"`;
  const some = `"$(printf '%s\\n' "$@" | head -n 1000 | paste -sd , -)"`;
  return [
    { name: 'queue', command: `rows=$(${all})\ncode=$?\nprintf '%s\\n' "$rows"\n(exit "$code")` },
    {
      name: 'absent',
      after: 'good',
      command: `printf '%s\\n' "$rows" | grep -Eq '^ *[0-9]|<job_list' || ${commandText([...qstat, '-j'])} ${some}`,
    },
  ];
};

const words = (line: string): string[] => line.trim().split(/\s+/);

/** No column before the state is ever empty, so words count; from there on the queue's may be. Names have no blanks. */
const rowOf = (line: string, header: readonly string[]): Row[] => {
  const cells = words(line);
  const at = (name: string): string | undefined => cells[header.indexOf(name)];
  if (!/^\d+$/.test(cells[0] ?? '')) return [];
  return [{ id: cells[0] ?? '', letters: at('state') ?? '', priority: at('prior'), user: at('user') }];
};

/** Columns of the usual form, for a table whose header is missing (`qstat -f` has one for its queues). */
const USUAL = ['job-ID', 'prior', 'name', 'user', 'state'];

/** The table, with the full names of `-r` where they are. Continued lines of `-g t` and other noise have no id. */
export const readTable = (text: string): Row[] => {
  let header = USUAL;
  const rows: Row[] = [];
  for (const line of text.split('\n')) {
    const full = /^\s+Full jobname:\s+(\S+)/.exec(line)?.[1];
    const last = rows.at(-1);
    if (/^\s*job-ID\s/.test(line)) header = words(line);
    else if (full !== undefined && last) rows[rows.length - 1] = { ...last, name: full };
    else rows.push(...rowOf(line, header));
  }
  return rows;
};

/** Elements of a job that are read. */
const ELEMENTS = Object.fromEntries(
  ['JB_job_number', 'state', 'full_job_name', 'JB_name', 'JAT_prio', 'JB_owner'].map(name => [
    name,
    new RegExp(`<${name}>([^<]*)</${name}>`),
  ]),
);

const element = (block: string, name: string): string | undefined => ELEMENTS[name]?.exec(block)?.[1]?.trim();

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * `qstat -xml`. Each element is read by itself, so a name that is not escaped, which some versions print, harms no other
 * one. Undefined when the document's end is missing, or a job has no number: it would look as if it were not there.
 */
export const readXml = (text: string): Row[] | undefined => {
  // The root and a list in it have the same name, so an end that is there may be the inner one.
  if (!/<\/job_info>\s*$/.test(text) || count(text, /<job_info\b/g) !== count(text, /<\/job_info>/g)) return undefined;
  const rows = [...text.matchAll(/<job_list\b[^>]*>([\s\S]*?)<\/job_list>/g)].flatMap(([, block = '']) => {
    const id = element(block, 'JB_job_number');
    const letters = element(block, 'state');
    const name = element(block, 'full_job_name') ?? element(block, 'JB_name');
    const [priority, user] = [element(block, 'JAT_prio'), element(block, 'JB_owner')];
    return id === undefined || letters === undefined ? [] : [{ id, letters, name, priority, user }];
  });
  const whole = rows.length === count(text, /<job_list\b/g);
  return whole && rows.every(row => /^\d+$/.test(row.id)) ? rows : undefined;
};

const isAbsent = ({ stdout }: Output): boolean =>
  /^Following jobs do not exist/im.test(stdout) && !/^job_number:/m.test(stdout);

/** The rows, in either form: a person's sge_qstat file may ask for XML, too. */
export const readQueue = (
  sections: ReadonlyMap<string, Output>,
): readonly Row[] | Exclude<PollAnswer, { kind: 'answered' }> => {
  const queue = sections.get('queue');
  if (queue?.code !== 0) return queue ? silence(queue) : { kind: 'trouble', said: 'qstat was not asked' };
  if (/^\s*<\?xml/.test(queue.stdout))
    return readXml(queue.stdout) ?? { kind: 'garbled', said: 'qstat -xml printed no whole document' };
  const rows = readTable(queue.stdout);
  const absent = sections.get('absent');
  if (rows.length > 0 || (absent && isAbsent(absent))) return rows;
  return unreadable(absent?.stdout.trim() ? absent : queue);
};

/** R only says that it was started again at least once, not how often. */
export const seenJob = ({ letters }: Row): SeenJob => ({ seen: seenOf(letters), raw: letters });
