import { asked, silence, unreadable } from '../answer.ts';
import type { Dialect } from '../dialect.ts';
import { commandText, programText, readSections } from '../sections.ts';
import { programPath } from '../words.ts';
import { hasNone, isAbsent, readRecords } from './accounting.ts';
import { queueSections, readQueue } from './queue.ts';

/**
 * By name (-N), which queue and accounting both keep whole; the context (`-ac token=`) only shows in `qstat -j`, job by job.
 * A job that was deleted while it waited leaves no record anywhere.
 */
export const find: Dialect['find'] = (tokens, options) => {
  const qacct = commandText(['env', 'LC_ALL=C', programPath('qacct', options.bin)]);
  const ended = options.accounting === false ? undefined : `${qacct} -o "$(id -un)" -j "$each"`;
  return asked(options, ['sh', '-c', programText(queueSections(options.bin, ['-r']), ended), 'sh', ...tokens]);
};

const UNSEARCHED = 'jobs that have ended: there is no qacct here';

export const readFind: Dialect['readFind'] = (out, tokens) => {
  const sections = readSections(out);
  if (!sections) return out.code === 0 ? unreadable(out) : silence(out);
  const rows = readQueue(sections);
  if ('kind' in rows) return { kind: 'trouble', said: rows.said };
  // Without whole names "not found" would mean nothing.
  if (rows.some(row => row.name === undefined)) return unreadable(out);
  const queued = Map.groupBy(rows, row => row.name ?? '');
  const ids = new Map<string, readonly string[]>();
  const inQueue = new Set<string>();
  for (const token of tokens) {
    const section = sections.get(token);
    if (section && section.code !== 0 && !hasNone(section) && !isAbsent(section)) return silence(section);
    const waiting = (queued.get(token) ?? []).map(row => row.id);
    for (const id of waiting) inQueue.add(id);
    const ended = readRecords(section?.stdout ?? '')
      .filter(fields => fields.get('jobname') === token)
      .map(fields => fields.get('jobnumber') ?? '');
    const found = [...new Set([...waiting, ...ended])];
    if (found.length > 0) ids.set(token, found);
  }
  const blind = tokens.some(token => {
    const section = sections.get(token);
    return section === undefined || isAbsent(section);
  });
  return { kind: 'answered', ids, queued: inQueue, ...(blind ? { unsearched: UNSEARCHED } : {}) };
};
