import type { Tracked } from '../plan/tracked.ts';
import { type JobNote, makeSnapshot, type Snapshot } from '../state/snapshot.ts';
import type { Store } from '../store/store.ts';
import type { World } from './world.ts';

/** As many as a snapshot shows. */
const NOTES = 3;

const notesOf = (file: Tracked, store: Store): Map<string, JobNote[]> =>
  new Map(
    file.plan.jobs.map(job => [
      job.id,
      store
        .newestEvents(job.id, 'noted', NOTES)
        .flatMap(({ at, event }) =>
          event.kind === 'noted' ? [{ at: event.when ?? at, what: event.what, text: event.text }] : [],
        ),
    ]),
  );

/** The present of a run as status, watch and report draw it. `trouble`: what the cluster said instead of an answer. */
export const snapshotOf = (file: Tracked, store: Store, world: World, trouble?: string): Snapshot =>
  makeSnapshot({
    plan: file.plan,
    records: store.records(),
    metrics: [...store.metrics({ name: 'lm loss' }), ...store.latestMetrics()],
    notes: notesOf(file, store),
    now: world.clock(),
    trouble,
  });
