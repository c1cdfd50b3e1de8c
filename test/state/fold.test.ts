import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import type { Outcome } from '../../src/model/job.ts';
import type { JobEvent, JobRecord, JobState, QueueSeen } from '../../src/state/events.ts';
import { advance, fold, isFinal, isTakenBack, UNTOUCHED } from '../../src/state/fold.ts';

const AT = '2026-03-01T00:00:00.000Z';
const folded = (...events: readonly JobEvent[]): JobRecord => fold(events.map(event => ({ at: AT, event })));

const intended = (attempt = 1): JobEvent => ({ kind: 'submit-intended', attempt, name: `mt-run-cpt-1-${attempt}` });
const accepted = (attempt = 1): JobEvent => ({ kind: 'submit-accepted', attempt, nativeId: `${100 + attempt}` });
const refused: JobEvent = { kind: 'submit-refused', attempt: 1, reason: 'no such queue' };
const unsure: JobEvent = { kind: 'submit-unsure', attempt: 1, reason: 'no answer' };
const seen = (what: QueueSeen, attempt = 1): JobEvent => ({ kind: 'queue-seen', attempt, seen: what, raw: what });
const started = (boot = 1, attempt = 1): JobEvent => ({ kind: 'started', attempt, boot, host: `host-${boot}` });
const exited = (outcome: Outcome, boot = 1, attempt = 1): JobEvent => ({
  kind: 'exited',
  attempt,
  boot,
  code: outcome === 'failed' ? 9 : 0,
  outcome,
});
const accounted: JobEvent = { kind: 'accounted', attempt: 1, failure: 'TIMEOUT', raw: 'TIMEOUT 0:0' };
const givenUp: JobEvent = { kind: 'given-up', attempt: 1, reason: 'gone' };
const cancel: JobEvent = { kind: 'cancel-requested', by: 'me' };
const stop: JobEvent = { kind: 'stop-requested', by: 'me' };

describe('a scheduler that takes a running job back', () => {
  const takenBack = [intended(), accepted(), started(), exited('stopped')];

  it('ends its first boot with a signal nobody asked for, and the second boot decides', () => {
    expect(isTakenBack(folded(...takenBack))).toBe(true);
    const again = folded(...takenBack, seen('queued'), started(2), exited('complete', 2));
    expect([again.state, again.boot, isTakenBack(again)]).toEqual(['succeeded', 2, false]);
  });

  it('is not meant by a job that a person has stopped, but may be by one that was cancelled at the same moment', () => {
    const wished = (wish: JobEvent, outcome: Outcome): boolean =>
      isTakenBack(folded(intended(), accepted(), started(), wish, exited(outcome)));
    expect(wished(stop, 'stopped')).toBe(false);
    for (const outcome of ['stopped', 'failed', 'continue'] as const) expect(wished(cancel, outcome)).toBe(true);
    expect(wished(cancel, 'complete')).toBe(false);
  });

  it('hears a cancel, too, so that what its second boot comes to is a cancel', () => {
    const again = folded(...takenBack, seen('queued'), cancel, started(2), exited('failed', 2));
    expect([again.state, again.boot, again.cancelRequested]).toEqual(['cancelled', 2, true]);
  });
});

describe('what a queue says', () => {
  test.each<[QueueSeen, JobState]>([
    ['queued', 'queued'],
    ['starting', 'queued'],
    ['held', 'held'],
    ['stuck', 'held'],
    ['suspended', 'held'],
    ['running', 'running'],
    ['ending', 'ending'],
    ['ended', 'ending'],
    ['unknown', 'queued'],
  ])('%s makes an accepted job %s', (what, state) => {
    expect(folded(intended(), accepted(), seen(what)).state).toBe(state);
  });

  it('never makes a job succeed or fail by itself', () => {
    expect(folded(intended(), accepted(), seen('running'), seen('ended')).state).toBe('ending');
  });

  it('brings a job back to waiting when the scheduler requeued it, because the queue knows who waits', () => {
    expect(folded(intended(), accepted(), seen('running'), started(), seen('queued')).state).toBe('queued');
  });

  it('cannot bring back a job whose exit file was read', () => {
    expect(folded(intended(), accepted(), exited('complete'), seen('running')).state).toBe('succeeded');
  });

  it('corrects "lost" when the job is seen again', () => {
    expect(folded(intended(), accepted(), seen('ended'), givenUp, seen('running')).state).toBe('running');
  });

  it('with the word unknown changes nothing, not even the reason, and is kept word for word', () => {
    const before = folded(intended(), accepted(), { ...seen('queued'), reason: 'Priority' } as JobEvent);
    const { sighting, ...after } = advance(before, { ...seen('unknown'), reason: 'X' } as JobEvent, 'later');
    const { sighting: _, ...as } = before;
    expect(after).toEqual(as);
    expect(sighting).toEqual({ seen: 'unknown', raw: 'unknown', reason: 'X', at: 'later', count: 2 });
  });

  it('twice is one sighting, since the first time', () => {
    const once = folded(intended(), accepted(), seen('running'));
    expect(advance(once, seen('running'), 'later').sighting).toEqual({ ...once.sighting, at: AT, count: 1 });
  });
});

describe('the exit file', () => {
  test.each<[Outcome, JobState]>([
    ['complete', 'succeeded'],
    ['continue', 'succeeded'],
    ['stopped', 'cancelled'],
    ['failed', 'failed'],
  ])('with the outcome %s ends a job as %s and keeps the outcome', (outcome, state) => {
    expect(folded(intended(), accepted(), started(), exited(outcome))).toMatchObject({ state, outcome });
  });

  it('of an older boot does not end a newer boot', () => {
    expect(folded(intended(), accepted(), started(1), started(2), exited('failed', 1))).toMatchObject({
      state: 'running',
      boot: 2,
      host: 'host-2',
    });
  });

  it('comes late and corrects "lost"', () => {
    expect(folded(intended(), accepted(), seen('ended'), givenUp, exited('complete')).state).toBe('succeeded');
  });

  it('outranks what accounting said before it', () => {
    expect(folded(intended(), accepted(), accounted, exited('continue')).state).toBe('succeeded');
  });

  it('makes accounting silent when it came first', () => {
    expect(folded(intended(), accepted(), exited('complete'), accounted).state).toBe('succeeded');
  });

  it('tells its own time where the job wrote one', () => {
    const when = '2026-02-27T12:00:00.000Z';
    expect(folded(intended(), accepted(), { ...exited('complete'), when } as JobEvent).endedAt).toBe(when);
  });
});

describe('ends without an exit file', () => {
  it('are failures with a reason when accounting has a positive record of one', () => {
    expect(folded(intended(), accepted(), seen('ended'), accounted)).toMatchObject({
      state: 'failed',
      reason: 'TIMEOUT',
    });
  });

  it('are cancellations when the person asked for it and the queue says it is gone', () => {
    expect(folded(intended(), accepted(), seen('running'), cancel, seen('ended')).state).toBe('cancelled');
  });

  it('do not become cancellations when the exit file then says it was complete after all', () => {
    expect(folded(intended(), accepted(), cancel, seen('ended'), exited('complete')).state).toBe('succeeded');
  });

  it('are lost only when nobody knows anything', () => {
    expect(folded(intended(), accepted(), seen('ended'), givenUp)).toMatchObject({ state: 'lost', reason: 'gone' });
  });

  it('stay what they are when a diary is read late', () => {
    expect(folded(intended(), accepted(), seen('ended'), givenUp, started(1))).toMatchObject({
      state: 'lost',
      boot: 1,
    });
  });

  it('are taken back when the scheduler starts the script again', () => {
    expect(folded(intended(), accepted(), started(1), accounted, started(2)).state).toBe('running');
  });
});

describe('submitting', () => {
  it('refused is final, but a job that was refused and runs all the same is running', () => {
    expect(folded(intended(), refused)).toMatchObject({ state: 'refused', reason: 'no such queue' });
    expect(folded(intended(), refused, started()).state).toBe('running');
  });

  it('unsure waits for a person, and yields to an id found later', () => {
    expect(folded(intended(), unsure).state).toBe('unsure');
    expect(folded(intended(), unsure, accepted())).toMatchObject({
      state: 'queued',
      nativeId: '101',
      reason: undefined,
    });
  });

  it('unsure is decided by a person who cancels it', () => {
    expect(folded(intended(), unsure, cancel).state).toBe('cancelled');
  });

  it('answered cannot become refused or unsure afterwards', () => {
    expect(folded(intended(), accepted(), refused).state).toBe('queued');
    expect(folded(intended(), accepted(), unsure).state).toBe('queued');
  });

  it('a new attempt starts the record again, and old news of the first one changes nothing', () => {
    const second = folded(intended(), accepted(), started(), exited('failed'), cancel, intended(2));
    expect(second).toMatchObject({ state: 'submitting', attempt: 2, boot: 0, cancelRequested: false });
    expect(second.exitCode).toBeUndefined();
    expect(second.nativeId).toBeUndefined();
    for (const old of [exited('complete'), started(7), seen('running'), accounted, givenUp, accepted(), intended()])
      expect(advance(second, old, AT)).toBe(second);
  });

  it('a job never sent is cancelled by the wish alone', () => {
    expect(folded({ kind: 'planned', planDigest: 'd' }, cancel).state).toBe('cancelled');
  });
});

/** Numbers that look random and are the same each time (mulberry32). */
const dice = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const shuffled = <T>(values: readonly T[], roll: () => number): T[] => {
  const done = [...values];
  for (let i = done.length - 1; i > 0; i -= 1) {
    const j = Math.floor(roll() * (i + 1));
    [done[i], done[j]] = [done[j] as T, done[i] as T];
  }
  return done;
};

const OUTCOMES: readonly Outcome[] = ['complete', 'continue', 'failed', 'stopped'];
const WORDS: readonly QueueSeen[] = [
  'queued',
  'held',
  'starting',
  'running',
  'suspended',
  'ending',
  'stuck',
  'ended',
  'unknown',
];

/** Up to two attempts of up to three boots, whatever could be learned of them, in any order. */
const history = (roll: () => number): JobEvent[] => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)] as T;
  const events: JobEvent[] = [{ kind: 'planned', planDigest: 'd' }];
  for (let attempt = 1; attempt <= 1 + Math.floor(roll() * 2); attempt += 1) {
    events.push(intended(attempt));
    if (roll() < 0.8) events.push(accepted(attempt));
    if (roll() < 0.15) events.push({ ...refused, attempt } as JobEvent);
    if (roll() < 0.15) events.push({ ...unsure, attempt } as JobEvent);
    for (let i = Math.floor(roll() * 6); i > 0; i -= 1) events.push(seen(pick(WORDS), attempt));
    for (let boot = 1; boot <= Math.floor(roll() * 4); boot += 1) {
      if (roll() < 0.9) events.push(started(boot, attempt));
      if (roll() < 0.5) events.push(exited(pick(OUTCOMES), boot, attempt));
      if (roll() < 0.3) events.push({ kind: 'noted', attempt, boot, what: 'signal' });
    }
    if (roll() < 0.3) events.push({ ...accounted, attempt } as JobEvent);
    if (roll() < 0.3) events.push({ ...givenUp, attempt } as JobEvent);
  }
  if (roll() < 0.3) events.push(cancel);
  if (roll() < 0.2) events.push(stop);
  return shuffled(events, roll);
};

/** Why a final state may be left, written down apart from the fold: a newer attempt, a newer boot, or better proof. */
const mayLeave = (before: JobRecord, event: JobEvent): boolean => {
  const attempt = 'attempt' in event ? event.attempt : before.attempt;
  if (attempt !== before.attempt) return attempt > before.attempt;
  const isSighting = event.kind === 'queue-seen' && event.seen !== 'unknown';
  if (event.kind === 'exited') return event.boot > before.boot || before.outcome === undefined;
  if (event.kind === 'started') return event.boot > before.boot && (before.boot > 0 || before.nativeId === undefined);
  const unproven = before.nativeId === undefined && before.boot === 0;
  if (before.state === 'lost') return isSighting || event.kind === 'accounted';
  if (before.state === 'unsure')
    return isSighting || ['submit-accepted', 'submit-refused', 'accounted', 'cancel-requested'].includes(event.kind);
  if (before.state === 'refused') return isSighting || event.kind === 'submit-accepted' || event.kind === 'accounted';
  return before.state === 'cancelled' && unproven && event.kind === 'submit-accepted';
};

const newestExit = (events: readonly JobEvent[]) => {
  const attempts = events.flatMap(event => ('attempt' in event && event.kind !== 'noted' ? [event.attempt] : []));
  const own = events.filter(event => 'attempt' in event && event.attempt === Math.max(...attempts));
  const boots = own.flatMap(event => (event.kind === 'started' || event.kind === 'exited' ? [event.boot] : []));
  return own.find(event => event.kind === 'exited' && event.boot === Math.max(...boots));
};

describe('5000 random orders of what can be learned', () => {
  const roll = dice(20260301);
  const runs = Array.from({ length: 5000 }, () => history(roll));

  it('never leave a final state without a newer attempt, a newer boot or better proof', () => {
    let finals = 0;
    for (const events of runs) {
      let record = UNTOUCHED;
      for (const event of events) {
        const next = advance(record, event, AT);
        if (isFinal(record)) finals += 1;
        if (isFinal(record) && next.state !== record.state && !mayLeave(record, event))
          expect.fail(`${JSON.stringify(record)} + ${JSON.stringify(event)} = ${JSON.stringify(next)}`);
        record = next;
      }
    }
    expect(finals).toBeGreaterThan(10_000);
  });

  it('learn nothing new from hearing a fact twice', () => {
    for (const events of runs) {
      let record = UNTOUCHED;
      for (const event of events) {
        record = advance(record, event, AT);
        expect(advance(record, event, 'later')).toEqual(record);
      }
    }
  });

  it('never count attempts or boots backwards', () => {
    for (const events of runs) {
      let record = UNTOUCHED;
      for (const event of events) {
        const next = advance(record, event, AT);
        expect(next.attempt).toBeGreaterThanOrEqual(record.attempt);
        if (next.attempt === record.attempt) expect(next.boot).toBeGreaterThanOrEqual(record.boot);
        record = next;
      }
    }
  });

  it('end with what the newest exit file says, whenever it was read', () => {
    let checked = 0;
    for (const events of runs) {
      const last = newestExit(events);
      if (last?.kind !== 'exited') continue;
      const record = fold(events.map(event => ({ at: AT, event })));
      expect(record).toMatchObject({
        attempt: last.attempt,
        boot: last.boot,
        outcome: last.outcome,
        exitCode: last.code,
      });
      expect(isFinal(record)).toBe(true);
      if (last.outcome === 'complete') expect(record.state).toBe('succeeded');
      else expect(record.state).not.toBe('lost');
      checked += 1;
    }
    expect(checked).toBeGreaterThan(1000);
  });
});

describe('recorded histories', () => {
  const folder = join(import.meta.dirname, 'histories');
  test.each(readdirSync(folder).filter(name => name.endsWith('.jsonl')))('%s folds as it always did', name => {
    const [head, ...lines] = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    const { expected } = JSON.parse(head ?? '{}') as { expected: Partial<JobRecord> };
    const record = fold(lines.map(line => JSON.parse(line) as { at: string; event: JobEvent }));
    expect(record).toMatchObject(expected);
  });
});
