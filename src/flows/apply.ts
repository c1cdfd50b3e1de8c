import { keyText } from '../model/job.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import type { ApplyResult } from './send.ts';
import { send } from './send.ts';
import type { World } from './world.ts';

export type { ApplyResult } from './send.ts';

/** A plan made without an overlay holds words like ACCOUNT-NOT-SET; such a plan can be read, never sent. */
const refusePlaceholders = ({ plan }: PlanFile): void => {
  if (plan.placeholders.length === 0) return;
  throw new Trouble(
    {
      code: 'MRT-S004',
      doing: `applying ${plan.run} to ${plan.cluster.name}`,
      said: `the plan still has ${plan.placeholders.join(', ')} in it`,
      left: 'nothing was sent.',
      hint: `write them into ~/.config/martlet/clusters/${plan.cluster.name}.yaml, or give --account GROUP.`,
    },
    1,
  );
};

/** Sends a plan: stores it, puts its files, walks its jobs. Started again it goes on where it was cut (G1). */
export const apply = async (file: PlanFile, world: World): Promise<ApplyResult> => {
  refusePlaceholders(file);
  const known = world.runs.readPlan(file.plan.run) !== undefined;
  world.runs.writePlan(file.plan.run, JSON.stringify(file));
  const store = world.runs.open(file.plan.run);
  try {
    const continued = known && store.records().size > 0;
    return await send(
      file,
      file.plan.jobs.map(job => ({ job, attempt: 1 })),
      'submit-1.sh',
      store,
      world,
      continued,
    );
  } finally {
    store.close();
  }
};

/** Ids of a plan's jobs in the order they are sent. */
export const jobIds = ({ plan }: PlanFile): readonly string[] => plan.jobs.map(job => keyText(job.key));
