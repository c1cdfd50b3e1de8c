import type { HistoryRecord } from '../dialect.ts';
import { exitText, signalText } from '../ends.ts';
import type { Fields } from './accounting.ts';

/** `failed` of a record (sge_status(5)); 100 and 17 come with the signal in exit_status. */
const FAILED: Readonly<Record<number, string>> = {
  1: 'its node could not start it',
  3: "its node could not write the job's configuration",
  4: "its node could not write the job's process id",
  5: "its node could not read the job's configuration",
  6: 'its processors could not be set aside',
  7: "the site's prolog could not be started",
  8: "the site's prolog failed",
  9: 'its parallel environment could not be started',
  10: 'the start of its parallel environment failed',
  11: 'its node failed before the job began',
  12: 'its parallel environment could not be stopped',
  13: 'the stop of its parallel environment failed',
  14: "the site's epilog could not be started",
  15: "the site's epilog failed",
  16: 'its processors could not be given back',
  17: 'a signal ended it',
  18: 'its shepherd failed',
  19: 'its node crashed, or the shepherd did',
  20: 'its shepherd met a problem',
  21: 'its node did not know it any more',
  22: 'it was removed by hand, or lost by its node',
  23: 'its processes could not be found',
  26: 'its output file could not be opened',
  27: 'its shell could not be found',
  28: 'its folder could not be entered',
  29: 'AFS could not be set up',
  30: 'it ended with exit code 100, which means an error of the application',
  31: 'the password file could not be read',
  32: 'the user has no entry in the password file',
  33: 'the password was wrong',
  34: 'the helper service could not be reached',
  35: 'the helper service failed',
  36: 'the remote start-up daemon is not set up',
  37: 'it reached its time limit (h_rt), or one on CPU time or memory',
  38: 'its group id could not be added',
  100: 'it was killed, or its node crashed',
};

/** It goes on from the queue: not an end. */
const AGAIN: readonly number[] = [24, 25];

/** `100 : assumedly after job`, `137                  (Killed)`: the number. */
const numberOf = (text: string | undefined): number => Number.parseInt(text ?? '0', 10) || 0;

const failureOf = (fields: Fields): string | undefined => {
  const failed = numberOf(fields.get('failed'));
  const exit = numberOf(fields.get('exit_status'));
  // Newer versions say who deleted it: user@host, or execd@host and qmaster@host for a limit.
  const by = fields.get('deleted_by');
  const who = by === undefined || by === '' || by === 'NONE' ? '' : `, deleted by ${by}`;
  if (failed === 0) return exit === 0 ? undefined : `exit_status ${exit}: ${exitText(exit)}${who}`;
  const code = `failed ${failed}`;
  if ((failed === 100 || failed === 17) && exit > 128) return `${code}: ${signalText(exit - 128)}${who}`;
  return `${code}: ${FAILED[failed] ?? 'unknown to us'}${who}`;
};

const recordOf = (fields: Fields): HistoryRecord => {
  const [failed = '?', exit = '?'] = ['failed', 'exit_status'].map(name => fields.get(name)?.replace(/\s+/g, ' '));
  const raw = `failed ${failed}, exit_status ${exit}`;
  if (AGAIN.includes(numberOf(fields.get('failed')))) return { raw, open: true };
  const failure = failureOf(fields);
  return failure === undefined ? { raw } : { raw, failure };
};

/** A part of a parallel job has a record of its own while the job runs; newer versions name it. */
const isPart = (fields: Fields): boolean => !['NONE', 'undefined', ''].includes(fields.get('pe_taskid') ?? '');

/**
 * One record for all of a job's: the last of each element, since a job's own stands behind those of its parts and of earlier
 * runs. `undefined` is the element of a job that is no array.
 */
export const recordTogether = (records: readonly Fields[]): HistoryRecord | undefined => {
  const own = records.filter(fields => !isPart(fields));
  const last = new Map(own.map(fields => [fields.get('taskid') ?? 'undefined', recordOf(fields)] as const));
  const elements = [...last];
  const [only] = elements;
  if (!only || elements.length === 1) return only?.[1];
  const raw = [...new Set(elements.map(([, record]) => record.raw))].sort().join('; ');
  if (elements.some(([, record]) => record.open)) return { raw, open: true };
  const bad = elements.filter(([, record]) => record.failure !== undefined);
  const [first] = bad;
  return first
    ? { raw, failure: `${bad.length} of ${elements.length}: task ${first[0]}, ${first[1].failure}` }
    : { raw };
};
