import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunShelf } from '../../src/flows/world.ts';
import { openShelf } from '../../src/store/shelf.ts';
import { freshFolder } from './disks.ts';
import { troubleFrom } from './facts.ts';

const shelfIn = (directory: string): RunShelf => openShelf(directory);
const plan = (digest: string, more = {}) => JSON.stringify({ digest, ...more });

it('a shelf that was never used has no runs and makes no folder', () => {
  const directory = join(freshFolder(), 'runs');
  expect(shelfIn(directory).list()).toEqual([]);
  expect(shelfIn(directory).readPlan('r')).toBeUndefined();
  expect(existsSync(directory)).toBe(false);
});

it('plans are kept for the person alone, whole, and listed by name', () => {
  const directory = join(freshFolder(), 'deep', 'runs');
  const shelf = shelfIn(directory);
  shelf.writePlan('b', 'B');
  shelf.writePlan('a', 'A\u0000é');
  expect(shelf.list()).toEqual(['a', 'b']);
  expect(shelf.readPlan('a')).toBe('A\u0000é');
  expect(readdirSync(join(directory, 'a'))).toEqual(['plan.json']);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'a', 'plan.json')).mode & 0o777).toBe(0o600);
});

it('another plan under the same run id is refused and changes nothing', () => {
  const shelf = shelfIn(freshFolder());
  shelf.writePlan('r', plan('d1'));
  expect(troubleFrom(() => shelf.writePlan('r', plan('d2')))).toMatchObject({ code: 'MRT-W025' });
  expect(shelf.readPlan('r')).toBe(plan('d1'));
});

it('the same plan again is welcome, also without its files as adopt brings it; the fuller one stays', () => {
  const shelf = shelfIn(freshFolder());
  shelf.writePlan('r', plan('d1', { files: { 'job.sh': 'x' } }));
  shelf.writePlan('r', plan('d1', { files: { 'job.sh': 'x' } }));
  shelf.writePlan('r', plan('d1', { files: {} }));
  expect(shelf.readPlan('r')).toBe(plan('d1', { files: { 'job.sh': 'x' } }));
});

it('a run id cannot lead out of the shelf', () => {
  const shelf = shelfIn(freshFolder());
  for (const id of ['..', '../x', '/etc', 'a/b', '', '.hidden', 'a\u0000b']) {
    expect(shelf.readPlan(id)).toBeUndefined();
    expect(() => shelf.writePlan(id, 'x')).toThrow(RangeError);
    expect(() => shelf.open(id)).toThrow(RangeError);
  }
});
