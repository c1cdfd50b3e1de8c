import { engineFor } from '../engines/index.ts';
import { attemptFolder, type Outcome } from '../model/job.ts';
import type { TrackedJob } from '../plan/tracked.ts';
import type { Dialect } from '../schedulers/dialect.ts';
import type { JobEvent } from '../state/events.ts';
import type { Store } from '../store/store.ts';
import { noteAnswered, storedAnswer } from './answers.ts';
import { LOOK_LIMIT_BYTES, type Look } from './look.ts';

const OUTCOMES: readonly string[] = ['complete', 'continue', 'failed', 'stopped'];

/**
 * Whole lines of what was read, and how many bytes they are; a line still being written waits for its end, but not one that
 * fills all that is read at once (a progress bar without an end): it would be read for ever.
 */
const wholeLines = (bytes: Buffer): { lines: string[]; length: number } => {
  const length = bytes.lastIndexOf(0x0a) + 1;
  if (length === 0 && bytes.length >= LOOK_LIMIT_BYTES) return { lines: [], length: bytes.length };
  return { lines: bytes.subarray(0, length).toString('utf8').split('\n').slice(0, -1), length };
};

/** A line of a job's diary, as templates/job/20-diary.sh writes it. */
interface Entry {
  readonly n: number;
  readonly boot: number;
  readonly at?: string;
  readonly kind: string;
  readonly host?: string;
  readonly what?: string;
  readonly text?: string;
}

const entryOf = (line: string): Entry[] => {
  try {
    const entry = JSON.parse(line) as Entry;
    return typeof entry?.boot === 'number' ? [entry] : [];
  } catch {
    // A line cut by a full disk is no fact; the exit file decides.
    return [];
  }
};

const eventOf = (
  { boot, at: when, kind, host = '', what = '', text }: Entry,
  attempt: number,
): JobEvent | undefined => {
  if (kind === 'started') return { kind: 'started', attempt, boot, when, host };
  return kind === 'note' ? { kind: 'noted', attempt, boot, when, what, text } : undefined;
};

/** `BOOT CODE OUTCOME`; its time is in the diary, which says the same last. */
const exitEvent = (
  text: string,
  attempt: number,
  diary: readonly Entry[],
): (JobEvent & { kind: 'exited' }) | undefined => {
  const [boot, code, outcome] = text.split(/\s+/);
  if (!/^\d+$/.test(boot ?? '') || !/^\d+$/.test(code ?? '') || !OUTCOMES.includes(outcome ?? '')) return undefined;
  const when = diary.find(each => each.kind === 'exited' && each.boot === Number(boot))?.at;
  return { kind: 'exited', attempt, boot: Number(boot), code: Number(code), outcome: outcome as Outcome, when };
};

const ingestDiary = (job: TrackedJob, attempt: number, entries: readonly Entry[], store: Store, at: string): void => {
  for (const entry of entries) {
    const event = eventOf(entry, attempt);
    if (event) store.append(job.id, `diary:${attempt}.${entry.boot}.${entry.n}`, at, event);
  }
};

/** The words of templates/look/block.sh in the place of an asker's: a run that was adopted learns of its cancel by them. */
const noteBlocked = (job: TrackedJob, attempt: number, store: Store, at: string): void => {
  store.append(job.id, `cancel:${attempt}`, at, { kind: 'cancel-requested', by: 'an earlier cancel' });
  store.append(job.id, `blocked:${attempt}`, at, {
    kind: 'queue-seen',
    attempt,
    seen: 'ended',
    raw: 'never asked for',
  });
};

/** Diary, log and exit of one attempt, in one transaction. A cursor moves with what was read, so bytes are counted once. */
export const ingest = (
  job: TrackedJob,
  attempt: number,
  seen: Look,
  dialect: Dialect,
  store: Store,
  at: string,
): void => {
  const folder = attemptFolder(job.key, attempt);
  const answer = storedAnswer(seen, dialect);
  const [diary, log] = [wholeLines(seen.diary), wholeLines(seen.log)];
  const entries = diary.lines.flatMap(entryOf);
  const engine = engineFor(job.engine, job.kind);
  const boot = Math.max(1, seen.boot);
  const metrics = log.lines
    .flatMap(line => engine?.readLine(line) ?? [])
    .map(each => ({ ...each, job: job.id, attempt, boot }));
  // A file that was cut is read from its beginning: facts of a diary are known by number, so none counts twice.
  const next = (name: string, file: string, length: number) => ({
    path: `${folder}/${file}`,
    nextByte: (seen.cut.includes(name) ? 0 : store.cursor(`${folder}/${file}`)) + length,
  });
  const exited = seen.exit === undefined ? undefined : exitEvent(seen.exit, attempt, entries);
  store.atOnce(() => {
    if (seen.blocked) noteBlocked(job, attempt, store, at);
    if (answer) noteAnswered(job, attempt, answer, store, at);
    ingestDiary(job, attempt, entries, store, at);
    store.appendMetrics([], next('diary', 'events.jsonl', diary.length));
    store.appendMetrics(metrics, next('log', 'log.txt', log.length));
    if (exited) store.append(job.id, `exit:${attempt}.${exited.boot}`, at, exited);
  });
};
