import type { Outcome } from '../model/job.ts';

/** What a queue said about a job; the same words as schedulers/dialect.ts Seen, repeated so that state/ needs only model/. */
export type QueueSeen =
  | 'queued'
  | 'held'
  | 'starting'
  | 'running'
  | 'suspended'
  | 'ending'
  | 'stuck'
  | 'ended'
  | 'unknown';

/** Everything that can be learned about one job, in the order we learned it. Facts, past tense, never edited. */
export type JobEvent =
  | { readonly kind: 'planned'; readonly planDigest: string }
  /** Written before the command is sent. */
  | { readonly kind: 'submit-intended'; readonly attempt: number; readonly name: string }
  | { readonly kind: 'submit-accepted'; readonly attempt: number; readonly nativeId: string }
  | { readonly kind: 'submit-refused'; readonly attempt: number; readonly reason: string }
  /** Asked, no readable answer, and the look-up by token did not find it: a person decides. */
  | { readonly kind: 'submit-unsure'; readonly attempt: number; readonly reason: string }
  /** The person has been told what became of the submit; until then an equal one goes on with this run, ended or not. */
  | { readonly kind: 'submit-told'; readonly attempt: number }
  | {
      readonly kind: 'queue-seen';
      readonly attempt: number;
      readonly seen: QueueSeen;
      readonly raw: string;
      readonly reason?: string | undefined;
    }
  /** From the job's own diary (events.jsonl). */
  | {
      readonly kind: 'started';
      readonly attempt: number;
      readonly boot: number;
      readonly host: string;
      /** The job's own time, where its diary has one; we may learn of it days later. */
      readonly when?: string | undefined;
    }
  | {
      readonly kind: 'noted';
      readonly attempt: number;
      readonly boot: number;
      readonly what: string;
      readonly text?: string | undefined;
      readonly when?: string | undefined;
    }
  /** From the job's exit file. */
  | {
      readonly kind: 'exited';
      readonly attempt: number;
      readonly boot: number;
      readonly code: number;
      readonly outcome: Outcome;
      readonly when?: string | undefined;
    }
  /** Accounting has a positive record of a bad end and there is no exit file. */
  | { readonly kind: 'accounted'; readonly attempt: number; readonly failure: string; readonly raw: string }
  | { readonly kind: 'cancel-requested'; readonly by: string }
  | { readonly kind: 'stop-requested'; readonly by: string }
  /** Left the queue, no exit file, grace over. */
  | {
      readonly kind: 'given-up';
      readonly attempt: number;
      readonly reason: string;
      /** Its number is another job's now: what the queue says of it is not about ours. */
      readonly reused?: boolean;
    };

export type EventKind = JobEvent['kind'];

/** An event as stored: which job, which one of it, when we learned it (ISO 8601), and the fact that makes it unique. */
export interface StoredEvent {
  readonly seq: number;
  readonly job: string;
  readonly nth: number;
  readonly at: string;
  readonly event: JobEvent;
}

export type JobState =
  | 'planned'
  | 'submitting'
  | 'queued'
  | 'held'
  | 'running'
  | 'ending'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'refused'
  | 'unsure'
  | 'lost';

/** What the queue said last of an attempt, word for word. */
export interface Sighting {
  readonly seen: QueueSeen;
  readonly raw: string;
  readonly reason?: string | undefined;
  /** Since when it says so, ISO 8601. */
  readonly at: string;
  /** How often it has said something new. */
  readonly count: number;
}

/** The present of one job, computed from its events and from nothing else. */
export interface JobRecord {
  readonly state: JobState;
  /** 0 before the first submit-intended. */
  readonly attempt: number;
  readonly boot: number;
  readonly name?: string | undefined;
  readonly nativeId?: string | undefined;
  readonly host?: string | undefined;
  readonly reason?: string | undefined;
  readonly sighting?: Sighting | undefined;
  readonly exitCode?: number | undefined;
  readonly outcome?: Outcome | undefined;
  readonly cancelRequested: boolean;
  readonly stopRequested: boolean;
  /** ISO 8601: when it was accepted; before an answer is known, when it was asked. */
  readonly submittedAt?: string | undefined;
  /** Of the newest boot. */
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
}
