import { describe, expect, test } from 'vitest';
import { mayStartAgain, openAttempts } from '../../src/flows/attempts.ts';
import type { OpenRun } from '../../src/flows/records.ts';
import type { JobEvent, QueueSeen } from '../../src/state/events.ts';
import { fold } from '../../src/state/fold.ts';

const AT = '2026-03-01T00:00:00.000Z';
const folded = (...events: readonly JobEvent[]) => fold(events.map(event => ({ at: AT, event })));
const seen = (what: QueueSeen): JobEvent => ({ kind: 'queue-seen', attempt: 1, seen: what, raw: what });
const RUNNING: readonly JobEvent[] = [
  { kind: 'submit-intended', attempt: 1, name: 'mt-r-cpt-1-1' },
  { kind: 'submit-accepted', attempt: 1, nativeId: '7' },
  { kind: 'started', attempt: 1, boot: 1, host: 'n1' },
];
const CANCEL: JobEvent = { kind: 'cancel-requested', by: 'me' };

describe('a job that was cancelled, was gone for a moment and left no word', () => {
  const gone = folded(...RUNNING, CANCEL, seen('ended'));

  test('may start again once it is seen in the queue, and not while it is not', () => {
    expect([gone.state, mayStartAgain(gone)]).toEqual(['cancelled', false]);
    for (const [what, may] of [
      ['queued', true],
      ['running', true],
      ['unknown', false],
      ['ended', false],
    ] as const)
      expect([what, mayStartAgain(folded(...RUNNING, CANCEL, seen('ended'), seen(what)))]).toEqual([what, may]);
  });

  test('is asked about for a while, so that its exit file or its return is seen, and then no more', () => {
    const job = { id: 'r/cpt/1', key: { run: 'r', stage: 'cpt', segment: 1 } };
    const run = {
      file: { plan: { jobs: [job] } },
      store: { records: () => new Map([[job.id, gone]]) },
    } as unknown as OpenRun;
    const openAfter = (minutes: number): number =>
      openAttempts(run, new Date(Date.parse(AT) + minutes * 60_000)).length;
    expect([openAfter(1), openAfter(14), openAfter(16), openAfter(1e6)]).toEqual([1, 1, 0, 0]);
  });
});
