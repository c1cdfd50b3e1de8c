import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect, HistoryRecord } from '../dialect.ts';
import { commandText, programText, readSections } from '../sections.ts';
import { programPath } from '../words.ts';
import { hasNone, isAbsent, readRecords } from './accounting.ts';
import { recordTogether } from './failures.ts';
import { queueSections, readQueue } from './queue.ts';

/**
 * The queue first, then one qacct for each id. A job that used `qrsh -inherit` has records of its parts while it runs, so
 * what is still in the queue is open. Records come a second or two after the end, after a restart of qmaster half a minute.
 */
export const history: Dialect['history'] = (nativeIds, options) => {
  const qacct = `${commandText(['env', 'LC_ALL=C', programPath('qacct', options.bin), '-j'])} "$each"`;
  const program = programText(queueSections(options.bin, []), options.accounting === false ? undefined : qacct);
  return asked(options, ['sh', '-c', program, 'sh', ...nativeIds]);
};

const IN_QUEUE: HistoryRecord = { raw: 'in the queue', open: true };

export const readHistory: Dialect['readHistory'] = (out, nativeIds) => {
  const sections = readSections(out);
  if (!sections) return out.code === 0 ? unreadable(out) : silence(out);
  const rows = readQueue(sections);
  if ('kind' in rows) return { kind: 'trouble', said: rows.said };
  const live = new Set(rows.map(row => row.id));
  const records = new Map<string, HistoryRecord>();
  for (const id of nativeIds) {
    const section = sections.get(id);
    if (section && section.code !== 0 && !hasNone(section) && !isAbsent(section)) return silence(section);
    const record = live.has(id) ? IN_QUEUE : recordTogether(readRecords(section?.stdout ?? ''));
    if (record) records.set(id, record);
  }
  return { kind: 'answered', records };
};
