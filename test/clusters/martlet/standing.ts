import { expect } from 'vitest';
import type { Person } from './person.ts';

/** What `martlet status --json` says of a run. */
export interface Standing {
  readonly state: string;
  readonly trouble: string | null;
  readonly stages: readonly {
    readonly jobs: readonly { readonly stage: string; readonly segment: number; readonly state: string }[];
  }[];
}

/** One round. */
export const standing = async (person: Person, run: string): Promise<Standing> => {
  const out = await person.martlet('status', run, '--json');
  expect(out.stdout, out.stderr).toMatch(/^\{/);
  return JSON.parse(out.stdout) as Standing;
};

/** States by `STAGE-SEGMENT`. */
export const statesOf = ({ stages }: Standing): Record<string, string> =>
  Object.fromEntries(stages.flatMap(({ jobs }) => jobs.map(job => [`${job.stage}-${job.segment}`, job.state])));

/** Looks again and again until the states are as wished. */
export const until = async (
  person: Person,
  run: string,
  isWished: (states: Readonly<Record<string, string>>) => boolean,
  seconds = 120,
): Promise<Standing> => {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const now = await standing(person, run);
    if (isWished(statesOf(now))) return now;
    if (Date.now() > deadline) expect.fail(`${run} is ${JSON.stringify(statesOf(now))}, trouble: ${now.trouble}`);
    await new Promise(resolve => setTimeout(resolve, 500));
  }
};
