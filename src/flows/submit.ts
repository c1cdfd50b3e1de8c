import type { Checked } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import { refresh } from './follow.ts';
import { makePlan } from './plan.ts';
import type { RequestOptions } from './request.ts';
import { openTwin } from './twins.ts';
import type { World } from './world.ts';

export interface Prepared {
  readonly planFile: PlanFile;
  /** The run that this plan goes on with. */
  readonly continues?: string | undefined;
  /** It has ended: there is nothing to send, only to say. */
  readonly ended?: boolean | undefined;
}

const stopped = (run: string): Trouble =>
  new Trouble({
    code: 'MRT-S008',
    doing: 'submitting',
    said: `${run} has the same inputs and was stopped`,
    left: 'nothing was sent.',
    hint: `martlet resume ${run} goes on from its checkpoint; martlet submit --again begins anew.`,
  });

/**
 * The plan a submit would apply. Equal inputs continue an earlier run of them, with the very bytes that were stored for it,
 * while it is unfinished, or when it has ended and nobody was ever told that it was sent; `again` makes a new run all the
 * same.
 */
export const prepareSubmit = async (
  options: RequestOptions,
  world: World,
  choice: { again?: boolean } = {},
): Promise<Checked<Prepared>> => {
  const { value, diagnostics } = await makePlan(options, world);
  if (!value || choice.again || options.run !== undefined) return { value: value && { planFile: value }, diagnostics };
  // Asked first: a run that ended while nobody looked is not unfinished.
  const known = openTwin(value.plan.basis, world);
  if (known?.state === 'unfinished') await refresh(known.file.plan.run, world);
  const twin = openTwin(value.plan.basis, world);
  if (twin?.state === 'stopped') throw stopped(twin.file.plan.run);
  if (!twin) return { value: { planFile: value }, diagnostics };
  const { file, state } = twin;
  return { value: { planFile: file, continues: file.plan.run, ended: state === 'untold' }, diagnostics };
};
