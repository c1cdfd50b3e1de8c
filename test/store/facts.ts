import { expect } from 'vitest';
import { Trouble, type TroubleFacts } from '../../src/model/trouble.ts';

/** The facts of the Trouble that `act` throws; anything else fails the test. */
export const troubleFrom = (act: () => unknown): TroubleFacts => {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    expect(error.exitCode).toBe(3);
    return error.facts;
  }
  return expect.fail('no trouble was thrown');
};
