import type { PlanFile } from '../plan/types.ts';
import { type JobNote, makeSnapshot, type Snapshot } from '../state/snapshot.ts';
import type { Store } from '../store/store.ts';
import type { World } from './world.ts';

const notesOf = (store: Store): Map<string, JobNote[]> => {
  const notes = new Map<string, JobNote[]>();
  for (const { job, at, event } of store.events())
    if (event.kind === 'noted') notes.set(job, [...(notes.get(job) ?? []), { at, what: event.what, text: event.text }]);
  return notes;
};

/** The present of a run as status, watch and report draw it. `trouble`: what the cluster said instead of an answer. */
export const snapshotOf = (file: PlanFile, store: Store, world: World, trouble?: string): Snapshot =>
  makeSnapshot({
    plan: file.plan,
    records: store.records(),
    metrics: store.metrics(),
    notes: notesOf(store),
    now: world.clock(),
    trouble,
  });
