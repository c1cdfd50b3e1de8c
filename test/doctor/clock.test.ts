import { expect, test } from 'vitest';
import { clockOffset } from '../../src/doctor/clock.ts';
import { findingsOf } from '../../src/doctor/index.ts';
import { factsOf, siteOf } from './facts.ts';

const hello = (begin: number | string, end: number | string) =>
  new Map([
    ['clock.begin', String(begin)],
    ['clock.end', String(end)],
  ]);

test('the far clock is between what was seen at the begin and at the end, whatever the way there takes', () => {
  // Sent at 100 s, heard at 104 s; there it was 130.5 at the begin and 131 at the end, so it is 27 to 30.5 s ahead.
  const offset = clockOffset([{ sent: 100_000, received: 104_000, hello: hello('130.500', '131.000') }]);
  expect(offset?.seconds).toBeCloseTo(28.75, 2);
  expect(offset?.error).toBeCloseTo(1.75, 2);
});

test('each further round narrows it: a slow connecting takes nothing from a quick question after it', () => {
  const slow = { sent: 0, received: 10_000, hello: hello('9.950', '9.960') };
  const quick = { sent: 20_000, received: 20_100, hello: hello('20.040', '20.060') };
  const offset = clockOffset([slow, quick]);
  expect(offset?.error).toBeLessThan(0.05);
  expect(Math.abs(offset?.seconds ?? 1)).toBeLessThan(0.05);
});

test('a date without fractions may be a second later than it says', () => {
  const offset = clockOffset([{ sent: 5_400, received: 5_500, hello: hello('5.N', '5.N') }]);
  expect(offset?.error).toBeGreaterThanOrEqual(0.5);
  expect(Math.abs(offset?.seconds ?? 9) - (offset?.error ?? 0)).toBeLessThanOrEqual(0);
});

test('a clock that was set in between tells nothing', () => {
  const before = { sent: 0, received: 100, hello: hello('0.05', '0.06') };
  const after = { sent: 200, received: 300, hello: hello('3600.2', '3600.3') };
  expect(clockOffset([before, after])).toBeUndefined();
  expect(clockOffset([{ sent: 0, received: 1, hello: hello('', 'now') }])).toBeUndefined();
});

const clockFinding = (clock: { seconds: number; error: number } | undefined) =>
  findingsOf(siteOf('slurm-generic'), { ...factsOf({}), clock }).find(each => each.topic === 'clock');

test.each([
  [{ seconds: 0.2, error: 0.1 }, 'ok'],
  [{ seconds: -4, error: 0.5 }, 'ok'],
  [{ seconds: 7, error: 0.5 }, 'trouble'],
  [{ seconds: -3600, error: 1 }, 'trouble'],
  // The way there took so long that it could be either.
  [{ seconds: 4, error: 3 }, 'unknown'],
  [undefined, 'unknown'],
] as const)('an offset of %j is %s', (offset, verdict) => {
  expect(clockFinding(offset)?.verdict).toBe(verdict);
});
