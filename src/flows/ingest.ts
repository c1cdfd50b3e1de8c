import { engineFor } from '../engines/index.ts';
import type { Outcome } from '../model/job.ts';
import type { PlannedJob } from '../plan/types.ts';
import type { JobEvent } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import type { Look } from './look.ts';

const OUTCOMES: readonly string[] = ['complete', 'continue', 'failed', 'stopped'];

/** Whole lines of what was read, and how many bytes they are; a line still being written waits for its end. */
const wholeLines = (bytes: Buffer): { lines: string[]; length: number } => {
  const length = bytes.lastIndexOf(0x0a) + 1;
  return { lines: bytes.subarray(0, length).toString('utf8').split('\n').slice(0, -1), length };
};

const asEvent = (line: string, attempt: number): { fact: string; event: JobEvent } | undefined => {
  try {
    const entry = JSON.parse(line) as {
      n: number;
      boot: number;
      kind: string;
      host?: string;
      what?: string;
      text?: string;
    };
    const fact = `diary:${attempt}.${entry.boot}.${entry.n}`;
    if (entry.kind === 'started')
      return { fact, event: { kind: 'started', attempt, boot: entry.boot, host: entry.host ?? '' } };
    if (entry.kind === 'note')
      return { fact, event: { kind: 'noted', attempt, boot: entry.boot, what: entry.what ?? '', text: entry.text } };
  } catch {
    // A line cut by a full disk is no fact; the exit file decides.
  }
  return undefined;
};

const exitEvent = (text: string, attempt: number): { fact: string; event: JobEvent } | undefined => {
  const [boot, code, outcome] = text.split(/\s+/);
  if (!/^\d+$/.test(boot ?? '') || !/^\d+$/.test(code ?? '') || !OUTCOMES.includes(outcome ?? '')) return undefined;
  return {
    fact: `exit:${attempt}.${boot}`,
    event: { kind: 'exited', attempt, boot: Number(boot), code: Number(code), outcome: outcome as Outcome },
  };
};

/** Diary lines and metrics of one attempt into the log. The cursor moves with the metrics, so bytes are counted once. */
export const ingest = (
  job: PlannedJob,
  attempt: number,
  folder: string,
  seen: Look,
  store: Store,
  at: string,
): void => {
  const diary = wholeLines(seen.diary);
  for (const line of diary.lines) {
    const found = asEvent(line, attempt);
    if (found) store.append(job.id, found.fact, at, found.event);
  }
  store.appendMetrics([], {
    path: `${folder}/events.jsonl`,
    nextByte: store.cursor(`${folder}/events.jsonl`) + diary.length,
  });
  const log = wholeLines(seen.log);
  const engine = engineFor(job.engine, job.kind);
  const metrics = log.lines.flatMap(line => engine?.readLine(line) ?? []);
  store.appendMetrics(
    metrics.map(each => ({ ...each, job: job.id, attempt, boot: Math.max(1, seen.boot) })),
    { path: `${folder}/log.txt`, nextByte: store.cursor(`${folder}/log.txt`) + log.length },
  );
  const ended = seen.exit === undefined ? undefined : exitEvent(seen.exit, attempt);
  if (ended) store.append(job.id, ended.fact, at, ended.event);
};
