import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import { configText } from './config-text.ts';
import type { ApplyResult } from './send.ts';
import { send } from './send.ts';
import { openTwin } from './twins.ts';
import type { World } from './world.ts';

export type { ApplyResult } from './send.ts';

/** A plan made without an overlay holds words like ACCOUNT-NOT-SET; such a plan can be read, never sent. */
const refusePlaceholders = ({ plan }: PlanFile, world: World): void => {
  if (plan.placeholders.length === 0) return;
  throw new Trouble(
    {
      code: 'MRT-S004',
      doing: `applying ${plan.run} to ${plan.cluster.name}`,
      said: `the plan still has ${plan.placeholders.join(', ')} in it`,
      left: 'nothing was sent.',
      hint: `write them into ${configText(world.here)}/clusters/${plan.cluster.name}.yaml, or give --account GROUP where it is the account.`,
    },
    1,
  );
};

/**
 * The plan that is to be sent, stored. Two equal submits at once store one: whoever comes second goes on with the first.
 * `alone`: a run of its own was asked for, by --again, by --run, or by a plan file.
 */
const settle = (file: PlanFile, alone: boolean, world: World): PlanFile =>
  world.runs.exclusively(() => {
    const twin = alone ? undefined : openTwin(file.plan.basis, world);
    if (twin?.state === 'unfinished' || twin?.state === 'untold') return twin.file;
    world.runs.writePlan(file.plan.run, JSON.stringify(file));
    return file;
  });

/** Sends a plan: stores it, puts its files, walks its jobs. Started again it goes on where it was cut (G1). */
export const apply = async (
  asked: PlanFile,
  world: World,
  choice: { readonly alone?: boolean | undefined } = {},
): Promise<ApplyResult> => {
  refusePlaceholders(asked, world);
  const file = settle(asked, choice.alone ?? true, world);
  const store = world.runs.open(file.plan.run);
  try {
    const continued = store.records().size > 0;
    const sendings = file.plan.jobs.map(job => ({ job, attempt: 1 }));
    return await send(file, sendings, 'submit-1.sh', store, world, continued);
  } finally {
    store.close();
  }
};
