import { expect, test } from 'vitest';
import { pauseSeconds } from '../../src/flows/pace.ts';

const pace = { quiet: 0, troubles: 0, leastSeconds: 0, dice: 0.5 };

test('asks again after 2 s, then ever later, and never waits longer than a minute while it is answered', () => {
  const steps = [0, 1, 2, 3, 4, 5, 50].map(quiet => pauseSeconds({ ...pace, quiet }));
  expect(steps).toEqual([2, 4, 8, 16, 32, 60, 60]);
});

test('never asks more often than the site allows, whatever is new', () => {
  expect(pauseSeconds({ ...pace, leastSeconds: 30 })).toBe(30);
  expect(pauseSeconds({ ...pace, quiet: 9, leastSeconds: 30 })).toBe(60);
});

test('without an answer it waits up to five minutes, and after seven of them asks a person', () => {
  const steps = [1, 2, 3, 4, 5, 6, 7, 8].map(troubles => pauseSeconds({ ...pace, troubles }));
  expect(steps).toEqual([5, 15, 30, 60, 120, 300, 300, undefined]);
});

test('two that began together do not ask together: chance moves each pause by up to a tenth', () => {
  expect([0, 1].map(dice => pauseSeconds({ ...pace, quiet: 9, dice }))).toEqual([54, 66]);
});
