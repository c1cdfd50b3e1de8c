import type { Output } from '../../model/output.ts';
import type { Waiting } from '../../model/waiting.ts';
import { asked, said, silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { commandText, programText, readSections } from '../sections.ts';
import { programPath } from '../words.ts';
import { plainly } from './programs.ts';
import { explained } from './reasons.ts';
import { seenOf } from './states.ts';
import { readTable } from './table.ts';

/** The job itself, who else waits in its partition, and whether other people's jobs may be seen at all. */
export const why: Dialect['why'] = (nativeId, options) => {
  const scontrol = programPath('scontrol', options.bin);
  const job = commandText(plainly([scontrol, '-o', 'show', 'job', nativeId]));
  const partition = `"$(printf '%s\\n' "$job" | sed -n 's/.* Partition=\\([^ ]*\\).*/\\1/p' | head -n 1)"`;
  const waiting = commandText(
    plainly([
      ...[programPath('squeue', options.bin), '--all', '--states=PENDING'],
      '--Format=ArrayJobID:|,PriorityLong:|,Reason:',
    ]),
  );
  return asked(options, [
    'sh',
    '-c',
    programText([
      { name: 'job', command: `job=$(${job})\ncode=$?\nprintf '%s\\n' "$job"\n(exit "$code")` },
      { name: 'waiting', after: 'good', command: `${waiting} -p ${partition}` },
      {
        name: 'config',
        after: 'good',
        command: `${commandText(plainly([scontrol, 'show', 'config']))} | grep PrivateData`,
      },
    ]),
  ]);
};

/** A field of scontrol's line; JobName stands before them all and may hold anything, so the last one counts. */
const field = (line: string, name: string): string | undefined => {
  const found = [...line.matchAll(new RegExp(`(?:^|\\s)${name}=(\\S*)`, 'g'))].at(-1)?.[1];
  return found === undefined || found === '(null)' || found === 'Unknown' || found === 'N/A' ? undefined : found;
};

/** `afterok:25(unfulfilled),afterany:24_*(unfulfilled)?afterok:3:4`: the ids. */
const waitsFor = (dependency: string): string[] => [
  ...new Set([...dependency.matchAll(/:(\d+)/g)].map(found => found[1] ?? '')),
];

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** 1 + how many wait with more priority; held ones (priority 0) do not count. */
const position = (waiting: Output, config: Output, nativeId: string): Waiting['position'] => {
  // PrivateData=jobs shows a person only their own jobs.
  const hidden = /^PrivateData\s*=\s*(.*)$/m.exec(config.stdout)?.[1];
  if (hidden === undefined || /\b(?:jobs|all)\b/.test(hidden)) return undefined;
  const rows = readTable(waiting.stdout, 'ARRAY_JOB_ID')?.rows ?? [];
  const counted = rows.map(row => ({ id: Number(row[0]), priority: Number(row[1]) })).filter(each => each.priority > 0);
  const mine = counted.find(each => each.id === Number(nativeId));
  if (waiting.code !== 0 || !mine) return undefined;
  const before = counted.filter(
    each => each.priority > mine.priority || (each.priority === mine.priority && each.id < mine.id),
  );
  return { place: before.length + 1, of: counted.length };
};

const DETAILS = ['Partition', 'NumNodes', 'TimeLimit', 'ReqNodeList', 'ExcNodeList', 'SchedNodeList', 'LastSchedEval'];

const waitingOf = (line: string): Waiting => {
  const reason = field(line, 'Reason');
  const known = reason === undefined ? undefined : explained(reason);
  const start = field(line, 'StartTime');
  return {
    state: field(line, 'JobState') ?? '',
    reason,
    meaning: known?.meaning,
    hint: known?.hint,
    expectedStart: start !== undefined && TIME.test(start) ? `${start}Z` : undefined,
    waitsFor: waitsFor(field(line, 'Dependency') ?? ''),
    priority: field(line, 'Priority'),
    details: DETAILS.flatMap(name => {
      const value = field(line, name);
      return value === undefined ? [] : [`${name}=${value}`];
    }),
  };
};

const WAITS: readonly string[] = ['queued', 'held', 'stuck'];

export const readWhy: Dialect['readWhy'] = (out, nativeId) => {
  const sections = readSections(out);
  const job = sections?.get('job');
  if (!sections || !job) return out.code === 0 ? unreadable(out) : silence(out);
  if (/Invalid job id specified/.test(job.stdout)) return { kind: 'unknown', said: said(job) };
  if (job.code !== 0) return silence(job);
  // An array has a line for what waits of it, and one for each element that runs.
  const lines = job.stdout.split('\n').filter(line => /\sJobState=/.test(line));
  const line = lines.find(each => WAITS.includes(seenOf(field(each, 'JobState') ?? '')));
  if (!line) return lines[0] ? { kind: 'unknown', said: field(lines[0], 'JobState') ?? '' } : unreadable(out);
  const [waiting, config] = [sections.get('waiting'), sections.get('config')];
  const place = waiting && config ? position(waiting, config, nativeId) : undefined;
  return { kind: 'answered', waiting: { ...waitingOf(line), ...(place ? { position: place } : {}) } };
};
