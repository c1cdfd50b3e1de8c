import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../flows/world.ts';
import { nearest } from '../located/suggest.ts';
import { UsageError } from './edge.ts';

/** `swallow-8b-1121-k7f3/cpt/2` taken apart. */
interface RunAddress {
  readonly run?: string | undefined;
  readonly stage?: string | undefined;
  readonly segment?: number | undefined;
}

const SHOWN = 20;

const listed = (runs: readonly string[]): string =>
  runs.length > SHOWN ? `${runs.slice(0, SHOWN).join(', ')}, and ${runs.length - SHOWN} more` : runs.join(', ');

/** A whole id, or any part of one that only one run has (`k7f3`). */
const found = (typed: string, runs: readonly string[]): string => {
  if (runs.includes(typed)) return typed;
  const like = typed === '' ? [] : runs.filter(run => run.includes(typed));
  if (like.length === 1 && like[0]) return like[0];
  if (like.length > 1) throw new UsageError(`"${typed}" is part of several runs.`, `say which: ${listed(like)}.`);
  const meant = nearest(typed, runs);
  if (runs.length === 0) throw new UsageError(`unknown run "${typed}"; no run is known on this machine.`, NONE);
  throw new UsageError(
    `unknown run "${typed}".`,
    `${meant ? `did you mean "${meant}"? ` : ''}known here: ${listed(runs)}. A run started elsewhere: martlet adopt DIR --cluster C.`,
  );
};

const NONE =
  'start one with: martlet submit RECIPE --cluster C. A run started elsewhere: martlet adopt DIR --cluster C.';

/** Newest first, by when the plan was stored. */
const known = ({ runs }: World): readonly string[] => {
  const age = new Map(runs.list().map(run => [run, statSync(join(runs.directory, run, 'plan.json')).mtimeMs]));
  return [...age.keys()].sort((a, b) => (age.get(b) ?? 0) - (age.get(a) ?? 0));
};

/** The run that is meant; without a word from the person the newest one, where looking at the wrong one does no harm. */
export const pickToLook = (typed: string | undefined, world: World): string => {
  const runs = known(world);
  if (typed !== undefined) return found(typed, runs);
  if (runs[0] === undefined) throw new UsageError('no run is known on this machine.', NONE);
  return runs[0];
};

/** The run to act on; left out only where there is just one. */
export const pickToAct = (typed: string | undefined, command: string, world: World): string => {
  const runs = known(world);
  if (typed !== undefined) return found(typed, runs);
  if (runs.length > 1)
    throw new UsageError(`martlet ${command} needs to know which run.`, `known here: ${listed(runs)}.`);
  return pickToLook(undefined, world);
};

/** `RUN`, `RUN/STAGE` or `RUN/STAGE/SEGMENT`. Stages are checked by the flow, which knows the plan. */
export const readAddress = (typed: string | undefined): RunAddress => {
  if (typed === undefined) return {};
  const [run = '', stage, segment, ...rest] = typed.split('/');
  if (rest.length > 0 || (segment !== undefined && !/^[1-9][0-9]*$/.test(segment))) {
    throw new UsageError(`"${typed}" is no RUN, RUN/STAGE or RUN/STAGE/SEGMENT.`, 'segments count from 1.');
  }
  return { run, stage: stage || undefined, segment: segment ? Number(segment) : undefined };
};
