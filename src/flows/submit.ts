import type { Checked } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import { refresh } from './follow.ts';
import { draftPlan } from './plan.ts';
import type { RequestOptions } from './request.ts';
import { openTwin, type Twin } from './twins.ts';
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

/** Rows that only numbers of tokens make ratios of: a look at the data may be all that is missing. */
const lacksCounts = ({ value, diagnostics }: Checked<PlanFile>): boolean =>
  value === undefined && diagnostics.every(each => each.severity !== 'error' || each.code === 'MRT-D009');

/** The run of equal inputs to go on with. Asked first: a run that ended while nobody looked is not unfinished. */
const twinOf = async ({ plan }: PlanFile, world: World): Promise<Twin | undefined> => {
  const known = openTwin(plan.basis, world);
  if (known?.state === 'unfinished') await refresh(known.file.plan.run, world);
  const twin = openTwin(plan.basis, world);
  if (twin?.state === 'stopped') throw stopped(twin.file.plan.run);
  return twin;
};

/**
 * The plan a submit would apply. Equal inputs continue an earlier run of them, with the very bytes that were stored for it,
 * while it is unfinished, or when it has ended and nobody was ever told that it was sent; `again` makes a new run all the
 * same. A new run that reads data which none of its stages makes looks at that data first, in one question.
 */
export const prepareSubmit = async (
  options: RequestOptions,
  world: World,
  choice: { again?: boolean } = {},
): Promise<Checked<Prepared>> => {
  const draft = draftPlan(options, world);
  const alone = draft.alone();
  const looks = draft.readsData && (alone.value ? alone.value.plan.placeholders.length === 0 : lacksCounts(alone));
  const connected = looks && !alone.value ? (await draft.connected()).planned : undefined;
  const first = connected ?? alone;
  if (!first.value) return { diagnostics: first.diagnostics };
  const twin = choice.again || options.run !== undefined ? undefined : await twinOf(first.value, world);
  if (twin) {
    const { file, state } = twin;
    const value = { planFile: file, continues: file.plan.run, ended: state === 'untold' };
    return { value, diagnostics: first.diagnostics };
  }
  const { value, diagnostics } = looks && !connected ? (await draft.connected()).planned : first;
  return { value: value && { planFile: value }, diagnostics };
};
