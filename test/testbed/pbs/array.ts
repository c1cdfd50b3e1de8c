import type { ArrayRange, Job } from './model.ts';
import { isOver, Refusal, SERVER } from './model.ts';

/** `X-Y[:step][%most]`; one index alone, a list, or a range that goes down is illegal, so an array of one is impossible. */
export const readArray = (text: string, limit: number, fail: () => Refusal): ArrayRange => {
  const [, first, last, step = '1', most] = /^(\d+)-(\d+)(?::(\d+))?(?:%(\d+))?$/.exec(text) ?? [];
  if (first === undefined || Number(first) >= Number(last) || Number(step) < 1 || most === '0') throw fail();
  const size = Math.floor((Number(last) - Number(first)) / Number(step)) + 1;
  if (size > limit) throw new Refusal(3, 'qsub: Array job exceeds server or queue size limit\n');
  return {
    text: text.split('%')[0] ?? '',
    indices: Array.from({ length: size }, (_, i) => Number(first) + i * Number(step)),
    most: most === undefined ? size : Number(most),
  };
};

export const elementId = (seq: number, index: number): string => `${seq}[${index}].${SERVER}`;

export const elementsOf = (parent: Job, jobs: ReadonlyMap<string, Job>): Job[] =>
  (parent.array?.indices ?? []).flatMap(index => jobs.get(elementId(parent.seq, index)) ?? []);

/** Elements that may still be started beside those that run. */
export const room = (parent: Job, elements: readonly Job[]): number =>
  (parent.array?.most ?? 0) - elements.filter(each => !isOver(each) && each.state !== 'Q').length;

/** Section 9: 1 when the element that ended last failed; the substate tells of any that failed. */
export const parentEnd = (elements: readonly Job[]): { exitStatus: number; substate: number } => {
  const final = elements.reduce((a, b) => ((b.obittime ?? 0) >= (a.obittime ?? 0) ? b : a));
  const isFailed = (job: Job): boolean => job.exitStatus !== undefined && job.exitStatus !== 0;
  return { exitStatus: isFailed(final) ? 1 : 0, substate: elements.some(isFailed) ? 93 : 92 };
};

/** `0-3,5` from indices in order; `-` for none. */
export const rangeText = (indices: readonly number[]): string => {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    if (run && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([a, b]) => (a === b ? String(a) : `${a}-${b}`)).join(',') || '-';
};
