import type { Metric } from '../model/metric.ts';
import type { EventKind, JobEvent, JobRecord, StoredEvent } from '../state/events.ts';

/** A metric with where it was read. */
export interface StoredMetric extends Metric {
  readonly job: string;
  readonly attempt: number;
  readonly boot: number;
}

/**
 * The event log of one run on disk: one SQLite database per run. It is a cache of what the cluster's own files say
 * (`adopt` rebuilds it), but submit facts in it are written through to the disk before anything is sent.
 */
export interface Store {
  readonly run: string;
  /** `fact` makes an event unique per job: the same fact twice is one row. Answers whether it was new. */
  append(job: string, fact: string, at: string, event: JobEvent): boolean;
  /** All of it reaches the disk or none of it, with one wait for the disk; may be nested. */
  atOnce<T>(act: () => T): T;
  events(job?: string): readonly StoredEvent[];
  /** The last `count` events of one kind, oldest first. */
  newestEvents(job: string, kind: EventKind, count: number): readonly StoredEvent[];
  records(): ReadonlyMap<string, JobRecord>;
  /** The same of one job; undefined where nothing has been learned of it. */
  record(job: string): JobRecord | undefined;
  /** Metrics and the byte the log was read to move in one transaction, so log bytes are counted once. */
  appendMetrics(metrics: readonly StoredMetric[], cursor: { readonly path: string; readonly nextByte: number }): void;
  /** In the order they were read. */
  metrics(filter?: { readonly job?: string; readonly name?: string }): readonly StoredMetric[];
  /** The newest of each name, job, attempt and boot, in the order they were read: cheap, however long the log. */
  latestMetrics(): readonly StoredMetric[];
  cursor(path: string): number;
  close(): void;
}
