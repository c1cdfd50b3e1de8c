import { expect, test } from 'vitest';
import { cutIntoChain, usefulSeconds } from '../../src/plan/segments.ts';

const HOUR = 3600;
const chain = (hours: number, limitHours: number) =>
  cutIntoChain({ seconds: hours * HOUR, limitSeconds: limitHours * HOUR, resumable: true });

test('a stage that fits asks for a quarter more than its estimate, in whole hours', () => {
  expect(chain(10, 168)).toMatchObject({ walltimeSeconds: 13 * HOUR, segments: 1, spare: 1 });
});

test.each([
  [236, 168, 2, 1],
  [236, 24, 11, 3],
  [48, 24, 3, 1],
])('%d hours under a limit of %d become %d segments and %d to spare', (hours, limit, segments, spare) => {
  expect(chain(hours, limit)).toMatchObject({ walltimeSeconds: limit * HOUR, segments, spare });
});

test('the segments together hold the whole stage, whatever its length', () => {
  for (let hours = 1; hours < 2000; hours += 7) {
    const { walltimeSeconds, segments } = chain(hours, 24);
    expect(segments * usefulSeconds(walltimeSeconds)).toBeGreaterThanOrEqual(hours * HOUR);
  }
});

test('a stage that cannot be resumed is one job and has nothing to spare', () => {
  expect(cutIntoChain({ seconds: 100 * HOUR, limitSeconds: 24 * HOUR, resumable: false })).toMatchObject({
    segments: 1,
    spare: 0,
  });
});

test('a walltime asked for is taken, however short', () => {
  const short = cutIntoChain({ seconds: 30, limitSeconds: 168 * HOUR, askedSeconds: 20, resumable: true });
  expect(short).toMatchObject({ walltimeSeconds: 20, segments: 3, marginSeconds: 5 });
});

test('without an estimate a job asks for a day, or for what the site gives', () => {
  expect(cutIntoChain({ limitSeconds: 168 * HOUR, resumable: false }).walltimeSeconds).toBe(24 * HOUR);
  expect(cutIntoChain({ limitSeconds: 12 * HOUR, resumable: false }).walltimeSeconds).toBe(12 * HOUR);
});
