import type { Checked } from '../model/diagnostic.ts';
import type { PlanFile } from '../plan/types.ts';
import { makePlan } from './plan.ts';
import { isEnded } from './records.ts';
import type { RequestOptions } from './request.ts';
import type { World } from './world.ts';

export interface Prepared {
  readonly planFile: PlanFile;
  /** The unfinished run that this plan goes on with. */
  readonly continues?: string | undefined;
}

/** Finished is a run whose every job has ended; one that was never sent is unfinished too. */
const isUnfinished = (file: PlanFile, world: World): boolean => {
  const store = world.runs.open(file.plan.run);
  try {
    const records = store.records();
    return file.plan.jobs.some(job => !isEnded(records.get(job.id)));
  } finally {
    store.close();
  }
};

const unfinishedTwin = (basis: string, world: World): string | undefined => {
  for (const run of world.runs.list()) {
    const text = world.runs.readPlan(run);
    if (!text?.includes(basis)) continue;
    const file = JSON.parse(text) as PlanFile;
    if (file.plan.basis === basis && isUnfinished(file, world)) return run;
  }
  return undefined;
};

/**
 * The plan a submit would apply. Equal inputs while an earlier run of them is unfinished continue that run (its id becomes
 * an input of the plan again, so the bytes are equal); `again` makes a new run all the same.
 */
export const prepareSubmit = async (
  options: RequestOptions,
  world: World,
  choice: { again?: boolean } = {},
): Promise<Checked<Prepared>> => {
  const fresh = await makePlan(options, world);
  if (!fresh.value || choice.again || options.run !== undefined)
    return { value: fresh.value && { planFile: fresh.value }, diagnostics: fresh.diagnostics };
  const twin = unfinishedTwin(fresh.value.plan.basis, world);
  if (twin === undefined) return { value: { planFile: fresh.value }, diagnostics: fresh.diagnostics };
  const same = await makePlan({ ...options, run: twin }, world);
  return { value: same.value && { planFile: same.value, continues: twin }, diagnostics: same.diagnostics };
};
