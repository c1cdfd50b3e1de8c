import { existsSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, test } from 'vitest';
import type { JobEvent } from '../../src/state/events.ts';
import { openShelf } from '../../src/store/shelf.ts';
import { freshFolder } from './disks.ts';
import { troubleFrom } from './facts.ts';

const AT = '2026-03-02T00:00:00.000Z';
const EVENT: JobEvent = { kind: 'noted', attempt: 1, boot: 1, what: 'x', text: 'y'.repeat(200) };
const PLAN = JSON.stringify({ plan: { run: 'r', runDir: '/runs/r', cluster: { name: 'abci3' } }, digest: 'd' });

let directory: string;
let db: string;
beforeEach(() => {
  directory = freshFolder();
  db = join(directory, 'r', 'events.db');
  const shelf = openShelf(directory);
  shelf.writePlan('r', PLAN);
  const store = shelf.open('r');
  store.atOnce(() => {
    for (let i = 0; i < 500; i += 1) store.append('r/cpt/1', `f${i}`, AT, EVENT);
  });
  store.close();
});

const spoil = (text: string, from: number): void => {
  const bytes = readFileSync(db);
  bytes.write(text, from, 'latin1');
  writeFileSync(db, bytes);
};

describe('an event log that cannot be read is named with the way to rebuild it, and left as it is', () => {
  test.each<[string, () => void]>([
    ['is some other file', () => writeFileSync(db, 'not a database\n'.repeat(300))],
    ['is empty', () => truncateSync(db, 0)],
    ['was cut in the middle', () => truncateSync(db, 40960)],
    ['was cut within its first page', () => truncateSync(db, 1000)],
    ['has a spoiled first page', () => spoil('\xff'.repeat(900), 100)],
    ['has spoiled pages', () => spoil('\xff'.repeat(40000), 8192)],
    [
      'lost its database but not its write-ahead log',
      () => {
        writeFileSync(`${db}-wal`, 'something');
        renameSync(db, `${db}.elsewhere`);
      },
    ],
  ])('because it %s', (_, harm) => {
    harm();
    const before = existsSync(db) ? readFileSync(db) : undefined;
    const facts = troubleFrom(() => {
      const store = openShelf(directory).open('r');
      try {
        store.events();
      } finally {
        store.close();
      }
    });
    expect(facts).toMatchObject({ code: 'MRT-W020', doing: 'reading the event log of r' });
    expect(facts.said).toContain(db);
    expect(facts.hint).toContain('martlet adopt /runs/r --cluster abci3');
    expect(existsSync(db) ? readFileSync(db) : undefined).toEqual(before);
    expect(openShelf(directory).readPlan('r')).toBe(PLAN);
  });

  it('because a row is no event', () => {
    const raw = new DatabaseSync(db);
    raw.exec(
      `insert into event (job, nth, at, kind, body, fact) values ('r/cpt/1', 501, '${AT}', 'noted', 'null', 'odd')`,
    );
    raw.close();
    const facts = troubleFrom(() => openShelf(directory).open('r').events());
    expect(facts).toMatchObject({ code: 'MRT-W020', said: expect.stringContaining('event 501 is no event') });
  });

  it('because the hint works: after it the run can be opened again', () => {
    writeFileSync(db, 'nonsense'.repeat(1000));
    const { hint } = troubleFrom(() => openShelf(directory).open('r'));
    const command = /\((cd .*)\)/.exec(hint ?? '')?.[1];
    expect(command).toBeDefined();
    mkdirSync(join(directory, 'r', 'broken'));
    renameSync(db, join(directory, 'r', 'broken', 'events.db'));
    const store = openShelf(directory).open('r');
    expect(store.events()).toEqual([]);
    store.close();
  });
});

it('a log of a newer martlet is refused with both numbers when the change was breaking, and used when it was not', () => {
  const raw = new DatabaseSync(db);
  raw.exec('insert into migration values (2, 0); create table novelty (x)');
  raw.close();
  openShelf(directory).open('r').close();
  const again = new DatabaseSync(db);
  again.exec('insert into migration values (3, 1)');
  again.close();
  const facts = troubleFrom(() => openShelf(directory).open('r'));
  expect(facts.code).toBe('MRT-W021');
  expect(facts.said).toMatch(/schema 3; this martlet knows schema 1/);
});

it('a log that somebody else locks for long is said to be locked, not broken', () => {
  const holder = new DatabaseSync(db);
  holder.exec('begin immediate');
  const store = openShelf(directory).open('r');
  expect(store.events()).toHaveLength(500);
  expect(troubleFrom(() => store.append('r/cpt/1', 'new', AT, EVENT)).code).toBe('MRT-W024');
  holder.exec('rollback');
  holder.close();
  expect(store.append('r/cpt/1', 'new', AT, EVENT)).toBe(true);
  store.close();
}, 20_000);
