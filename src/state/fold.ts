import { EXIT_CODES } from '../model/exit-codes.ts';
import type { EventKind, JobEvent, JobRecord, JobState, QueueSeen, Sighting, StoredEvent } from './events.ts';

/** Raised when a rule below changes its meaning: a store then folds its log anew instead of trusting its cache. */
export const FOLD_VERSION = 3;

/** A job of which nothing has been learned yet. */
export const UNTOUCHED: JobRecord = {
  state: 'planned',
  attempt: 0,
  boot: 0,
  cancelRequested: false,
  stopRequested: false,
};

type Handler<K extends EventKind> = (job: JobRecord, event: Extract<JobEvent, { kind: K }>, at: string) => JobRecord;

const FINAL: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled', 'refused', 'unsure', 'lost']);

/** States an attempt can have before any answer came; an unsure one that a person cancelled is among them. */
const UNANSWERED: ReadonlySet<JobState> = new Set(['submitting', 'unsure', 'refused', 'cancelled']);

/** Nothing more is expected of the job itself. `lost` and `unsure` may still be corrected by later news. */
export const isFinal = (record: JobRecord | undefined): boolean => record !== undefined && FINAL.has(record.state);

/** What a queue can say, as a state. `ended` only means: go and look for the exit file. */
const STATE_OF: Readonly<Record<Exclude<QueueSeen, 'unknown'>, JobState>> = {
  queued: 'queued',
  starting: 'queued',
  held: 'held',
  suspended: 'held',
  stuck: 'held',
  running: 'running',
  ending: 'ending',
  ended: 'ending',
};

const freshAttempt = (attempt: number): JobRecord => ({ ...UNTOUCHED, state: 'submitting', attempt });

/** The record an event of this attempt speaks of; undefined for news of an older one, which changes nothing. */
const at = (job: JobRecord, attempt: number): JobRecord | undefined => {
  if (attempt < job.attempt) return undefined;
  return attempt > job.attempt ? freshAttempt(attempt) : job;
};

const ended = (job: JobRecord, state: JobState, when: string, reason?: string): JobRecord => ({
  ...job,
  state,
  endedAt: when,
  reason: reason ?? job.reason,
});

const reopened = (job: JobRecord, state: JobState): JobRecord => ({ ...job, state, endedAt: undefined });

/** Neither the scheduler's id nor a word of the job itself: it may never have existed. */
const isUnproven = (job: JobRecord): boolean => job.nativeId === undefined && job.boot === 0;

/**
 * Ended early by the word of its exit file, as by a signal: a scheduler that takes a job back into its queue (requeue, preemption)
 * sends one, and starts it again later. Also where a cancel was asked for meanwhile: whose signal it was is not known, and the
 * scheduler may not have heard of the wish.
 */
export const isTakenBack = ({ state, outcome, stopRequested }: JobRecord): boolean =>
  state === 'cancelled' && outcome !== undefined && !stopRequested;

/** Waiting, running or on its way out; a refusal or a doubt about it is settled by the sighting itself. */
const onSighting = (job: JobRecord, state: JobState, reason: string | undefined): JobRecord => {
  const opens = !isFinal(job) || job.state === 'lost' || job.state === 'unsure' || job.state === 'refused';
  return opens ? { ...reopened(job, state), reason } : job;
};

/** Gone from the queue. With a wish to cancel that is the end; else the exit file, accounting or the grace time will tell. */
const onGone = (job: JobRecord, when: string, reason: string | undefined): JobRecord => {
  if (isFinal(job)) return job;
  return job.cancelRequested ? ended(job, 'cancelled', when, reason) : { ...job, state: 'ending', reason };
};

/** A later boot of the same attempt: the scheduler started the script again from the top. */
const withBoot = (job: JobRecord, boot: number): JobRecord => {
  if (boot === job.boot) return job;
  return { ...job, boot, host: undefined, startedAt: undefined, exitCode: undefined, outcome: undefined };
};

/**
 * A diary that comes late does not bring an ended job back; a requeue (a boot after the first) does, and so does proof
 * that a job exists which was thought refused or never answered.
 */
const isAlive = (before: JobRecord, boot: number): boolean => {
  if (!isFinal(before) && before.state !== 'ending') return true;
  return boot > before.boot && (before.boot > 0 || before.nativeId === undefined);
};

/** The exit file's word. Cancelled is a wish that came true only where the job did not complete. */
const verdict = (job: JobRecord, event: Extract<JobEvent, { kind: 'exited' }>): JobState => {
  if (event.outcome === 'complete') return 'succeeded';
  if (job.cancelRequested || event.outcome === 'stopped') return 'cancelled';
  return event.outcome === 'continue' ? 'succeeded' : 'failed';
};

/** A code of the job script's own says what it means; a program's is only a number. */
const exitText = (code: number): string => {
  const meaning = EXIT_CODES[code];
  return meaning === undefined ? `exit code ${code}` : `exit code ${code}: ${meaning}`;
};

/** Said once more, it is the same sighting. */
const sightingOf = (
  { seen, raw, reason }: Extract<JobEvent, { kind: 'queue-seen' }>,
  before: Sighting | undefined,
  at: string,
): Sighting => {
  const isSame = before?.seen === seen && before.raw === raw && before.reason === reason;
  return isSame ? before : { seen, raw, reason, at, count: (before?.count ?? 0) + 1 };
};

/** One handler per kind of event; a new kind without a handler does not compile. */
const HANDLERS: { readonly [K in EventKind]: Handler<K> } = {
  planned: job => job,
  'submit-intended': (job, event, when) => {
    const known = at(job, event.attempt);
    return known ? { ...known, name: event.name, submittedAt: known.submittedAt ?? when } : job;
  },
  'submit-accepted': (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || known.nativeId !== undefined) return job;
    const accepted = { ...known, nativeId: event.nativeId, submittedAt: when };
    const waits = isUnproven(known) && UNANSWERED.has(known.state);
    return waits ? { ...reopened(accepted, 'queued'), reason: undefined } : accepted;
  },
  'submit-refused': (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || !isUnproven(known) || (known.state !== 'submitting' && known.state !== 'unsure')) return job;
    return ended(known, 'refused', when, event.reason);
  },
  'submit-unsure': (job, event) => {
    const known = at(job, event.attempt);
    if (!known || !isUnproven(known) || known.state !== 'submitting') return job;
    return { ...known, state: 'unsure', reason: event.reason };
  },
  'submit-told': job => job,
  'queue-seen': (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known) return job;
    const { seen, reason } = event;
    const sighted = { ...known, sighting: sightingOf(event, known.sighting, when) };
    if (seen === 'unknown') return sighted;
    if (seen === 'ended') return onGone(sighted, when, reason);
    return onSighting(sighted, STATE_OF[seen], reason);
  },
  started: (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || event.boot < known.boot) return job;
    const booted = withBoot(known, event.boot);
    const begun = { ...booted, host: event.host, startedAt: booted.startedAt ?? event.when ?? when };
    return isAlive(known, event.boot) ? { ...reopened(begun, 'running'), reason: undefined } : begun;
  },
  noted: job => job,
  exited: (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || event.boot < known.boot) return job;
    const booted = withBoot(known, event.boot);
    // The exit file of one boot is written once; what was read first stays.
    if (booted.outcome !== undefined) return job;
    const over = { ...booted, exitCode: event.code, outcome: event.outcome, reason: undefined };
    const reason = event.code === 0 ? undefined : exitText(event.code);
    return ended(over, verdict(booted, event), event.when ?? when, reason);
  },
  accounted: (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || known.outcome !== undefined || known.state === 'cancelled' || known.state === 'failed') return job;
    return ended(known, known.cancelRequested ? 'cancelled' : 'failed', when, event.failure);
  },
  'cancel-requested': (job, _event, when) => {
    if (job.state === 'planned' || job.state === 'unsure')
      return ended({ ...job, cancelRequested: true }, 'cancelled', when);
    const mayGoOn = !isFinal(job) || job.state === 'lost' || isTakenBack(job);
    return mayGoOn ? { ...job, cancelRequested: true } : job;
  },
  'stop-requested': job => (isFinal(job) ? job : { ...job, stopRequested: true }),
  'given-up': (job, event, when) => {
    const known = at(job, event.attempt);
    if (!known || isFinal(known)) return job;
    const own = event.reused ? { ...known, nativeId: undefined, sighting: undefined } : known;
    return ended(own, known.cancelRequested ? 'cancelled' : 'lost', when, event.reason);
  },
};

/** One step of the fold: the record after one more event. `learnedAt` is ISO 8601. */
export const advance = (job: JobRecord, event: JobEvent, learnedAt: string): JobRecord => {
  // A newer martlet may have written a kind this one has not heard of: it changes nothing.
  const handler = HANDLERS[event.kind] as Handler<EventKind> | undefined;
  return handler ? handler(job, event, learnedAt) : job;
};

/** The present of one job from its events in the order they were learned. */
export const fold = (events: readonly Pick<StoredEvent, 'at' | 'event'>[]): JobRecord =>
  events.reduce((job, each) => advance(job, each.event, each.at), UNTOUCHED);
