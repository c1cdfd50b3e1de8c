import { expect, test } from 'vitest';
import {
  clock,
  countPrecision,
  formatCount,
  formatSeconds,
  numberText,
  parseBytes,
  parseCount,
  parseSeconds,
} from '../../src/model/units.ts';

test.each([
  ['210B', 210e9],
  ['0.883B', 883_000_000],
  ['88.361B', 88_361_000_000],
  ['2400000', 2_400_000],
  ['1.5', 1.5],
])('%s is a count', (text, value) => expect(parseCount(text)).toBe(value));

test.each(['', 'B', '1e5', '-3', '0x10', '1 B', '1,000', '10Q', 'NaN'])('"%s" is no count', text =>
  expect(parseCount(text)).toBeUndefined(),
);

test.each([
  ['168h', 604800],
  ['20s', 20],
  ['90m', 5400],
  ['7d', 604800],
])('%s is a time', (text, value) => expect(parseSeconds(text)).toBe(value));

test('a bare number is no time, because nobody said of what', () => expect(parseSeconds('3600')).toBeUndefined());

test.each([
  ['80GiB', 80 * 2 ** 30],
  ['1920GB', 1920e9],
])('%s is an amount of memory', (text, value) => expect(parseBytes(text)).toBe(value));

test('209.7B may be off by half of its last digit and no more', () => {
  expect(countPrecision('209.7B')).toBeCloseTo(0.05e9);
  expect(countPrecision('210B')).toBe(0.5e9);
});

test('numbers are written so that Python and JavaScript read the same double', () => {
  for (const value of [2.5e-5, 2.5e-6, 1e-8, 0.1, 0.95, 25000, 1e21, 3.3333333333333335e-5, 0, 1234567.5])
    expect(Number(numberText(value))).toBe(value);
  expect(numberText(2.5e-5)).toBe('2.5e-5');
  expect(numberText(0.1)).toBe('0.1');
});

test('a clock has as many hours as it needs', () => {
  expect(clock(604800)).toBe('168:00:00');
  expect(clock(75)).toBe('00:01:15');
});

test('a reader sees the size, not the digits', () => {
  expect(formatCount(209_715_200_000)).toBe('209.7B');
  expect(formatSeconds(604800)).toBe('168h');
  expect(formatSeconds(5400)).toBe('1h30m');
});
