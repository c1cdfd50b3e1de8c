import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonical.ts';
import { fold } from '../../src/state/fold.ts';
import { openStore } from '../../src/store/open.ts';
import { freshFolder } from './disks.ts';

const ROUNDS = 12;

/** Two writers on one log, killed somewhere in the middle; answers the facts they said were kept. */
const writeAndKill = async (path: string, round: number): Promise<string[]> => {
  const program = join(import.meta.dirname, 'append-forever.ts');
  const writers = ['a', 'b'].map(name =>
    spawn(process.execPath, [program, path, `${name}${round}`], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const said = writers.map(() => '');
  writers.forEach((writer, i) => {
    writer.stdout.on('data', chunk => {
      said[i] += chunk;
    });
  });
  await once(writers[0]?.stdout as NodeJS.ReadableStream, 'data');
  await new Promise(done => setTimeout(done, 20 + 37 * (round % 7)));
  const over = writers.map(writer => once(writer, 'close'));
  for (const writer of writers) writer.kill('SIGKILL');
  await Promise.all(over);
  return said.flatMap(text => text.split('\n').slice(0, -1));
};

it('a writer killed in the middle loses nothing it said it kept, and leaves no record that differs from its fold', async () => {
  const path = join(freshFolder(), 'events.db');
  const kept: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    kept.push(...(await writeAndKill(path, round)));
    const store = openStore({ run: 'r', path });
    for (const [job, record] of store.records()) {
      const events = store.events(job);
      expect(events.map(each => each.nth)).toEqual(events.map((_, i) => i + 1));
      expect(canonicalJson(record)).toBe(canonicalJson(fold(events)));
    }
    // A log's bytes are counted with the numbers that were read from them.
    const newest = new Map(store.latestMetrics().map(each => [each.name, each.step]));
    for (const [name, step] of newest) expect(store.cursor(`log.${name.slice('loss of '.length)}`)).toBe(step);
    store.close();
  }
  const store = openStore({ run: 'r', path });
  const there = new Set(
    store
      .events()
      .map(({ event }) => event)
      .map(event => ('attempt' in event ? `${event.kind}:${event.attempt}` : '')),
  );
  for (const fact of kept) expect(there).toContain(fact.slice(fact.indexOf(':') + 1));
  expect(kept.length).toBeGreaterThan(ROUNDS * 5);
  store.close();
}, 60_000);
