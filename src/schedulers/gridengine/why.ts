import type { Output } from '../../model/output.ts';
import type { Waiting } from '../../model/waiting.ts';
import { asked, said, silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { commandText, programText, readSections } from '../sections.ts';
import { programPath } from '../words.ts';
import { type Row, readTable } from './queue.ts';
import { explained } from './reasons.ts';
import { seenOf } from './states.ts';

/** The job itself, and everybody's waiting jobs. */
export const why: Dialect['why'] = (nativeId, options) => {
  const qstat = ['env', 'LC_ALL=C', programPath('qstat', options.bin)];
  return asked(options, [
    'sh',
    '-c',
    programText([
      { name: 'job', command: commandText([...qstat, '-j', nativeId]) },
      { name: 'waiting', after: 'good', command: commandText([...qstat, '-s', 'p', '-u', '*']) },
    ]),
  ]);
};

/** `name:   value`, and `name   1:   value` of a task; a list goes on below, with blanks in front. */
const valuesOf = (text: string, name: string): string[] => {
  const block = new RegExp(`^${name}(?:\\s+\\d+)?: *(.*(?:\\n {20,}.*)*)`, 'm').exec(text)?.[1];
  return (block ?? '')
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
};

/** 1 + how many stand before it; held and broken ones do not count. */
const position = (rows: readonly Row[], mine: Row): Waiting['position'] => {
  // A site may hide other people's jobs; with nobody else's in sight no place can be told.
  if (rows.every(row => row.user === mine.user)) return undefined;
  const waiting = [...new Map(rows.filter(row => seenOf(row.letters) === 'queued').map(row => [row.id, row])).values()];
  if (Number(mine.priority) === 0 || !waiting.some(row => row.id === mine.id)) return undefined;
  const before = waiting.filter(
    row => Number(row.priority) > Number(mine.priority) || (row.priority === mine.priority && +row.id < +mine.id),
  );
  return { place: before.length + 1, of: waiting.length };
};

const waitingOf = (job: string, rows: readonly Row[], mine: Row): Waiting => {
  const errors = valuesOf(job, 'error reason');
  const info = valuesOf(job, 'scheduling info');
  const predecessors = valuesOf(job, 'jid_predecessor_list').flatMap(line => line.split(/[,\s]+/));
  const known = explained(mine.letters, errors, info);
  const place = position(rows, mine);
  return {
    state: mine.letters,
    reason: known.reason,
    meaning: known.meaning,
    hint: known.hint,
    waitsFor: [...new Set(predecessors)].filter(id => /^\d+$/.test(id)),
    priority: mine.priority,
    details: [...errors, ...info],
    ...(place ? { position: place } : {}),
  };
};

const isUnknown = (job: Output): boolean => /Following jobs do not exist/i.test(job.stdout);

export const readWhy: Dialect['readWhy'] = (out, nativeId) => {
  const sections = readSections(out);
  const [job, waiting] = [sections?.get('job'), sections?.get('waiting')];
  if (!job) return out.code === 0 ? unreadable(out) : silence(out);
  if (isUnknown(job)) return { kind: 'unknown', said: said(job) };
  if (job.code !== 0 || waiting?.code !== 0) return silence(job.code === 0 ? (waiting ?? job) : job);
  const rows = readTable(waiting.stdout);
  const mine = rows.find(row => row.id === nativeId);
  if (!mine) return { kind: 'unknown', said: 'it is not waiting' };
  return { kind: 'answered', waiting: waitingOf(job.stdout, rows, mine) };
};
