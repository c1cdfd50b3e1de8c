import type { Checked } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
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

/** A run of the same inputs, as it was stored. */
interface Twin {
  readonly file: PlanFile;
  readonly state: 'unfinished' | 'stopped' | 'finished';
}

const stateOf = (file: PlanFile, world: World): Twin['state'] => {
  const store = world.runs.open(file.plan.run);
  try {
    const records = file.plan.jobs.map(job => store.records().get(job.id));
    if (records.some(record => !isEnded(record))) return 'unfinished';
    // A cancelled job may say `stopped` too; only the person's own STOP is waited for by a resume.
    return records.some(record => record?.outcome === 'stopped' && !record.cancelRequested) ? 'stopped' : 'finished';
  } finally {
    store.close();
  }
};

/** The newest run of equal inputs that still has something to do. */
const openTwin = (basis: string, world: World): Twin | undefined => {
  const twins = world.runs.list().flatMap(run => {
    const text = world.runs.readPlan(run);
    if (!text?.includes(basis)) return [];
    const file = JSON.parse(text) as PlanFile;
    return file.plan.basis === basis ? [{ file, state: stateOf(file, world) }] : [];
  });
  return twins.find(twin => twin.state === 'unfinished') ?? twins.find(twin => twin.state === 'stopped');
};

const stopped = (run: string): Trouble =>
  new Trouble({
    code: 'MRT-S008',
    doing: 'submitting',
    said: `${run} has the same inputs and was stopped`,
    left: 'nothing was sent.',
    hint: `martlet resume ${run} goes on from its checkpoint; martlet submit --again begins anew.`,
  });

/**
 * The plan a submit would apply. Equal inputs while an earlier run of them is unfinished continue that run, with the very
 * bytes that were stored for it; `again` makes a new run all the same.
 */
export const prepareSubmit = async (
  options: RequestOptions,
  world: World,
  choice: { again?: boolean } = {},
): Promise<Checked<Prepared>> => {
  const { value, diagnostics } = await makePlan(options, world);
  if (!value || choice.again || options.run !== undefined) return { value: value && { planFile: value }, diagnostics };
  const twin = openTwin(value.plan.basis, world);
  if (twin?.state === 'stopped') throw stopped(twin.file.plan.run);
  const prepared = twin ? { planFile: twin.file, continues: twin.file.plan.run } : { planFile: value };
  return { value: prepared, diagnostics };
};
