import type { Depend, Job } from './model.ts';
import { isOver, type Refusal, SERVER } from './model.ts';

const TYPES = ['after', 'afterok', 'afternotok', 'afterany'];
const ID = /^\d+(\[\d*\])?(\.[A-Za-z0-9._-]+)?$/;

export const fullId = (id: string): string => (id.includes('.') ? id : `${id}.${SERVER}`);

/** `-W depend=`: a syntax error is an illegal -W value. */
export const readDepend = (text: string, fail: () => Refusal): readonly Depend[] =>
  text.split(',').map(part => {
    const [type = '', ...ids] = part.split(':');
    if (!TYPES.includes(type) || ids.length === 0 || !ids.every(id => ID.test(id))) throw fail();
    return { type, ids: ids.map(fullId) };
  });

/** `afterok:89.pbs1@pbs1:90.pbs1@pbs1,afterany:89.pbs1@pbs1` */
export const dependText = (depend: readonly Depend[]): string =>
  depend.map(({ type, ids }) => [type, ...ids.map(id => `${id}@${SERVER}`)].join(':')).join(',');

/** How a parent stands for its children: they wait on, go, or are deleted. `forever`: it will never say anything more. */
export type Verdict = 'wait' | 'release' | 'delete' | 'forever';

/**
 * Section 8, row by row. `known` is undefined for an id nobody knows. A parent that was deleted while it waited in the queue
 * tells its children nothing: they are held for ever.
 */
export const verdict = (type: string, parent: Job | undefined): Verdict => {
  if (!parent) return 'delete';
  if (type === 'after') return parent.stime === undefined ? (isOver(parent) ? 'forever' : 'wait') : 'release';
  if (!isOver(parent)) return 'wait';
  if (parent.exitStatus === undefined) return endedUnseen(parent);
  if (type === 'afterany') return 'release';
  return (parent.exitStatus === 0) === (type === 'afterok') ? 'release' : 'delete';
};

/** It never ran. Removed by its own dependency, or by qdel while it waited for one: its children go with it. */
const endedUnseen = (parent: Job): Verdict =>
  parent.substate === 92 || parent.depend.length > 0 ? 'delete' : 'forever';

/** What is left to wait for, and whether the child has to go. */
export const settleDepend = (
  depend: readonly Depend[],
  find: (id: string) => Job | undefined,
): { readonly left: readonly Depend[]; readonly isDeleted: boolean } => {
  const verdicts = depend.flatMap(({ type, ids }) => ids.map(id => ({ type, id, says: verdict(type, find(id)) })));
  const open = verdicts.filter(each => each.says !== 'release');
  const left = depend
    .map(({ type, ids }) => ({ type, ids: ids.filter(id => open.some(each => each.type === type && each.id === id)) }))
    .filter(each => each.ids.length > 0);
  return { left, isDeleted: verdicts.some(each => each.says === 'delete') };
};

/** `beforeok:91.pbs1@pbs1`: the other end of its children's dependencies. */
export const beforeText = (id: string, jobs: Iterable<Job>): string => {
  const children = [...jobs].filter(job => job.state === 'H');
  const of = (type: string): string[] =>
    children
      .filter(child => child.depend.some(each => each.type === type && each.ids.includes(id)))
      .map(child => child.id);
  return TYPES.map(type => ({ type: type.replace('after', 'before'), ids: of(type) }))
    .filter(each => each.ids.length > 0)
    .map(({ type, ids }) => dependText([{ type, ids }]))
    .join(',');
};
