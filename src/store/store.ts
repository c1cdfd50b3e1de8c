import type { Metric } from '../model/metric.ts';
import type { JobEvent, JobRecord, StoredEvent } from '../state/events.ts';

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
  events(job?: string): readonly StoredEvent[];
  records(): ReadonlyMap<string, JobRecord>;
  /** Metrics and the byte the log was read to move in one transaction, so log bytes are counted once. */
  appendMetrics(metrics: readonly StoredMetric[], cursor: { readonly path: string; readonly nextByte: number }): void;
  metrics(filter?: { readonly job?: string; readonly name?: string }): readonly StoredMetric[];
  cursor(path: string): number;
  close(): void;
}
