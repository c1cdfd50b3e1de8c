import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonical.ts';
import type { JobEvent } from '../../src/state/events.ts';
import { fold } from '../../src/state/fold.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { freshFolder } from './disks.ts';

const AT = '2026-03-02T00:00:00.000Z';
const JOB = 'r/cpt/1';
const intended: JobEvent = { kind: 'submit-intended', attempt: 1, name: 'mt-r-cpt-1-1' };
const accepted: JobEvent = { kind: 'submit-accepted', attempt: 1, nativeId: '7' };
const started: JobEvent = { kind: 'started', attempt: 1, boot: 1, host: 'n1' };
const seen = (what: 'running' | 'held'): JobEvent => ({ kind: 'queue-seen', attempt: 1, seen: what, raw: what });

let path: string;
let store: Store;
beforeEach(() => {
  path = join(freshFolder(), 'a run with blanks é', 'events.db');
  store = openStore({ run: 'r', path });
});
afterEach(() => store.close());
const raw = <T>(act: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(path);
  try {
    return act(db);
  } finally {
    db.close();
  }
};

describe('events', () => {
  it('are kept in order, and the same fact twice is one row', () => {
    expect(store.append(JOB, 'intended:1', AT, intended)).toBe(true);
    expect(store.append(JOB, 'accepted:1', AT, accepted)).toBe(true);
    expect(store.append(JOB, 'accepted:1', AT, { ...accepted, nativeId: '8' } as JobEvent)).toBe(false);
    expect(store.events(JOB).map(each => [each.nth, each.event])).toEqual([
      [1, intended],
      [2, accepted],
    ]);
    expect(store.records().get(JOB)?.nativeId).toBe('7');
  });

  it('the same fact of two jobs is two facts', () => {
    store.append(JOB, 'f', AT, started);
    expect(store.append('r/cpt/2', 'f', AT, started)).toBe(true);
  });

  it('running, held and running again are three facts', () => {
    store.append(JOB, 'queue:1', AT, seen('running'));
    store.append(JOB, 'queue:2', AT, seen('held'));
    store.append(JOB, 'queue:3', AT, seen('running'));
    expect(store.events(JOB)).toHaveLength(3);
  });

  it('can be neither edited nor deleted, not even by hand', () => {
    store.append(JOB, 'f', AT, started);
    expect(() => raw(db => db.exec("update event set job = 'x'"))).toThrow('events are never edited');
    expect(() => raw(db => db.exec('delete from event'))).toThrow('events are never deleted');
  });

  it('of one kind are found from the newest, without reading the log', () => {
    for (let i = 1; i <= 5; i += 1)
      store.append(JOB, `n${i}`, AT, { kind: 'noted', attempt: 1, boot: 1, what: `w${i}` });
    store.append(JOB, 'q', AT, seen('running'));
    expect(store.newestEvents(JOB, 'noted', 3).map(each => each.nth)).toEqual([3, 4, 5]);
    expect(store.newestEvents(JOB, 'exited', 3)).toEqual([]);
  });

  it('in one go are all there or none is', () => {
    expect(() =>
      store.atOnce(() => {
        store.append(JOB, 'f', AT, started);
        throw new Error('cut');
      }),
    ).toThrow('cut');
    expect(store.events()).toEqual([]);
    expect(store.records().size).toBe(0);
    store.append(JOB, 'f', AT, started);
    expect(store.events(JOB)[0]?.nth).toBe(1);
  });
});

describe('records', () => {
  it('seen inside a transaction already have what was appended in it', () => {
    store.atOnce(() => {
      store.append(JOB, 'f', AT, started);
      expect(store.records().get(JOB)?.state).toBe('running');
    });
  });

  it('of two open stores agree, whoever wrote', () => {
    const other = openStore({ run: 'r', path });
    for (let i = 0; i < 50; i += 1)
      (i % 2 ? store : other).append(JOB, `f${i}`, AT, { kind: 'started', attempt: 1, boot: i + 1, host: 'n' });
    expect(other.records()).toEqual(store.records());
    expect(store.records().get(JOB)?.boot).toBe(50);
    expect(store.events(JOB).map(each => each.nth)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    other.close();
  });

  it('are folded anew when somebody spoiled the cache or an older fold wrote it', () => {
    store.append(JOB, 'intended:1', AT, intended);
    store.append(JOB, 'accepted:1', AT, accepted);
    const before = canonicalJson([...store.records()]);
    for (const harm of [
      'delete from record',
      "update fact set value = '0'; update record set body = '{}'",
      "update record set nth = 1, body = '{}'",
    ]) {
      store.close();
      raw(db => db.exec(harm));
      store = openStore({ run: 'r', path });
      expect(canonicalJson([...store.records()])).toBe(before);
    }
    expect(canonicalJson(store.records().get(JOB))).toBe(canonicalJson(fold(store.events(JOB))));
  });

  it('survive a kind of event that this version has not heard of', () => {
    store.append(JOB, 'f', AT, started);
    store.append(JOB, 'g', AT, { kind: 'from-the-future', attempt: 9 } as unknown as JobEvent);
    expect(store.records().get(JOB)).toMatchObject({ state: 'running', attempt: 1 });
  });
});

describe('metrics', () => {
  const metric = (step: number, value: number, name = 'lm loss', boot = 1) => ({
    job: JOB,
    attempt: 1,
    boot,
    step,
    name,
    value,
  });

  it('come back as they were read, NaN and texts among them', () => {
    store.appendMetrics(
      [
        metric(1, 2.5),
        metric(2, Number.NaN),
        { ...metric(0, Number.NaN, 'arg:lr'), text: '2.5e-05' },
        metric(3, Number.POSITIVE_INFINITY),
      ],
      { path: 'log', nextByte: 99 },
    );
    expect(store.metrics()).toEqual([
      metric(1, 2.5),
      metric(2, Number.NaN),
      { ...metric(0, Number.NaN, 'arg:lr'), text: '2.5e-05' },
      metric(3, Number.POSITIVE_INFINITY),
    ]);
    expect(store.metrics({ name: 'lm loss', job: JOB })).toHaveLength(3);
    expect(store.metrics({ job: 'r/other/1' })).toEqual([]);
    expect(store.cursor('log')).toBe(99);
    expect(store.cursor('other')).toBe(0);
  });

  it('move with their cursor or not at all', () => {
    const bad = { ...metric(1, 1), step: 'one' as unknown as number };
    expect(() => store.appendMetrics([metric(1, 1), bad], { path: 'log', nextByte: 50 })).toThrow();
    expect(store.metrics()).toEqual([]);
    expect(store.cursor('log')).toBe(0);
    store.appendMetrics([metric(1, 1)], { path: 'log', nextByte: 20 });
    expect(store.metrics()).toEqual([metric(1, 1)]);
  });

  it('have a newest one of each name and boot, in the order they were read', () => {
    const lines = [metric(1, 3), metric(1, 9, 'grad norm'), metric(2, 2), metric(1, 3, 'lm loss', 2)];
    store.appendMetrics(lines, { path: 'log', nextByte: 1 });
    expect(store.latestMetrics()).toEqual([metric(1, 9, 'grad norm'), metric(2, 2), metric(1, 3, 'lm loss', 2)]);
  });
});

it('missing folders are made for the person alone', () => {
  const deep = join(freshFolder(), 'a', 'b');
  openStore({ run: 'r', path: join(deep, 'events.db') }).close();
  expect(statSync(deep).mode & 0o777).toBe(0o700);
});

it('a hundred thousand events are opened within half a second', () => {
  for (let block = 0; block < 100; block += 1)
    store.atOnce(() => {
      for (let i = 0; i < 1000; i += 1)
        store.append(`r/cpt/${i % 50}`, `d${block}.${i}`, AT, { kind: 'noted', attempt: 1, boot: 1, what: 'x' });
    });
  store.close();
  const from = performance.now();
  store = openStore({ run: 'r', path });
  expect(store.records().size).toBe(50);
  expect(performance.now() - from).toBeLessThan(500);
});

it('twenty programs that open a new log at once find one log', async () => {
  const at = join(freshFolder(), 'r', 'events.db');
  mkdirSync(join(at, '..'));
  const { spawn } = await import('node:child_process');
  const program = join(import.meta.dirname, 'append-once.ts');
  const codes = await Promise.all(
    Array.from(
      { length: 20 },
      (_, i) =>
        new Promise(done => spawn(process.execPath, [program, at, String(i)], { stdio: 'inherit' }).on('exit', done)),
    ),
  );
  expect(codes).toEqual(Array(20).fill(0));
  const found = openStore({ run: 'r', path: at });
  expect(found.events().map(each => each.nth)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(canonicalJson(found.records().get(JOB))).toBe(canonicalJson(fold(found.events(JOB))));
  found.close();
}, 30_000);
