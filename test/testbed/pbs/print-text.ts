import type { Attributes, Value } from './attributes.ts';
import { clock } from './attributes.ts';
import type { Job } from './model.ts';
import type { Shown } from './print-json.ts';

const lines = ([name, value]: readonly [string, Value]): string[] => {
  if (typeof value !== 'object') return [`${name} = ${value}`];
  if (name === 'Variable_List') return [`${name} = ${value.map(([key, each]) => `${key}=${each}`).join(',')}`];
  return value.map(([key, each]) => `${name}.${key} = ${each}`);
};

/** Cut at 79 columns with a newline and a tab, also inside words (section 4). */
export const wrapped = (line: string): string => {
  const parts = [line.slice(0, 78)];
  for (let rest = line.slice(78); rest !== ''; rest = rest.slice(70)) parts.push(rest.slice(0, 70));
  return parts.join('\n\t');
};

/** `qstat -f`, and `-fw` without the cuts. */
export const fullText = ([id, attributes]: Shown, isWide: boolean): string => {
  const all = attributes.flatMap(lines).map(line => `    ${line}`);
  return `Job Id: ${id}\n${all.map(line => (isWide ? line : wrapped(line))).join('\n')}\n\n`;
};

/** `-F dsv -D '@@'`: one line a job; newlines of values are converted, a delimiter in one is escaped. */
export const dsvText = ([id, attributes]: Shown, delimiter: string): string => {
  const flat = (all: Attributes): string[] => all.flatMap(lines).map(line => line.replace(' = ', '='));
  const safe = (text: string): string => text.replaceAll('\n', '\\n').replaceAll(delimiter, `\\${delimiter}`);
  return `${[`Job Id: ${id}`, ...flat(attributes).map(safe)].join(delimiter)}\n`;
};

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}*` : text.padEnd(width);

const HEAD = `Job id            Name             User              Time Use S Queue
----------------  ---------------- ----------------  -------- - -----
`;

/** The table of a plain qstat, which cuts names with an asterisk. */
export const tableText = (jobs: readonly Job[]): string => {
  if (jobs.length === 0) return '';
  const rows = jobs.map(job => {
    const used = job.stime === undefined ? '0' : clock(job.used?.cpuSeconds ?? 0);
    return `${cut(job.id, 16)}  ${cut(job.name, 16)} ${cut(job.user, 16)}  ${used.padStart(8)} ${job.state} ${job.queue.padEnd(16)}\n`;
  });
  return HEAD + rows.join('');
};

const WIDE_HEAD = `
pbs1: 
                                                            Req'd  Req'd   Elap
Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time
--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----
`;

const hours = (seconds: number): string => clock(seconds).slice(0, 5);

/** `qstat -a`, with the comment below each job for `-s`. */
export const alternateText = (jobs: readonly Job[], withComment: boolean): string => {
  if (jobs.length === 0) return '';
  const rows = jobs.map(job => {
    const tasks = job.resources.chunks.reduce((sum, each) => sum + each.count * each.ncpus, 0);
    const nodes = job.resources.chunks.reduce((sum, each) => sum + each.count, 0);
    const elapsed = job.used
      ? hours(job.used.walltimeSeconds)
      : job.stime
        ? hours((Date.now() - job.stime) / 1000)
        : ' --  ';
    const words = [
      ...[cut(job.id, 15), cut(job.user, 8), cut(job.queue, 8), cut(job.name, 10)],
      ...[String(job.sessionId ?? '--').padStart(6), String(nodes).padStart(3), String(tasks).padStart(3)],
      ...['   -- ', hours(job.resources.walltimeSeconds), job.state, elapsed],
    ];
    return `${words.join(' ')}\n${withComment ? `   ${job.comment ?? ''}\n` : ''}`;
  });
  return WIDE_HEAD + rows.join('');
};
