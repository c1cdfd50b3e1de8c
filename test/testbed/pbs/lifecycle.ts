import { elementId, elementsOf, parentEnd } from './array.ts';
import { settleDepend } from './depend.ts';
import type { Job, Submitted, Used } from './model.ts';
import { isOver, isWaiting } from './model.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

/** The server's jobs, and every change a job can go through. Section 6 has the states, substates and comments. */
export interface Core {
  readonly folder: string;
  readonly store: Store;
  readonly settings: Settings;
  accept(submitted: Submitted, id: string, seq: number): Job;
  hold(job: Job, kind: 'u' | 's'): void;
  release(job: Job, kind: 'u' | 's'): void;
  start(job: Job, placed: Pick<Job, 'hosts' | 'execHost' | 'execVnode' | 'comment'>): void;
  /** The job's processes are gone; its output is still to be delivered. */
  exiting(job: Job, end: { exitStatus: number; used: Used; exceeded: boolean }): void;
  finish(job: Job): void;
  requeue(job: Job, exitStatus: number): void;
  /** qdel: one that waits is over at once, one that runs when its processes are gone. */
  cancel(job: Job, by: string, force: boolean): void;
  removeByDependency(job: Job): void;
  saved(job: Job): void;
}

const NEW = { holds: '', depend: [], runCount: 0 } as const;

const withHold = (job: Job): void => {
  job.state = job.holds === '' ? 'Q' : 'H';
  job.substate = job.holds === '' ? 10 : job.holds.includes('s') ? 22 : 20;
};

const endComment = (job: Job): string | undefined => {
  if (job.comment === undefined) return undefined;
  if (job.exceeded) return `${job.comment} and exceeded resource walltime`;
  if (job.cancelled) return `${job.comment} and terminated by ${job.cancelled.by}`;
  return `${job.comment} and ${job.exitStatus === 0 ? 'finished' : 'failed'}`;
};

export const openCore = (folder: string, store: Store, settings: () => Settings): Core => {
  const saved = (job: Job): void => {
    job.mtime = Date.now();
    store.save(job);
  };

  const over = (job: Job, substate: number): void => {
    job.state = job.parent === undefined ? 'F' : 'X';
    job.substate = substate;
    job.historyTime = Date.now();
    saved(job);
    tellChildren(job);
    if (job.parent !== undefined) tellParent(job.parent);
  };

  /** Everything that waited for this job looks again. */
  const tellChildren = (parent: Job): void => {
    for (const child of [...store.jobs.values()]) {
      if (child.state !== 'H' || !child.depend.some(each => each.ids.includes(parent.id))) continue;
      const { left, isDeleted } = settleDepend(child.depend, id => store.jobs.get(id));
      if (isDeleted) removeByDependency(child);
      else {
        child.depend = left;
        if (left.length === 0) release(child, 's');
        else saved(child);
      }
    }
  };

  const tellParent = (id: string): void => {
    const parent = store.jobs.get(id);
    if (!parent || isOver(parent)) return;
    const elements = elementsOf(parent, store.jobs);
    if (!elements.every(isOver)) return;
    for (const each of elements) store.save(Object.assign(each, { state: 'F' }));
    if (elements.some(each => each.stime !== undefined)) {
      const { exitStatus, substate } = parentEnd(elements);
      parent.exitStatus = exitStatus;
      over(parent, parent.cancelled ? 91 : substate);
    } else over(parent, 91);
  };

  const hold: Core['hold'] = (job, kind) => {
    if (!job.holds.includes(kind)) job.holds = [...job.holds, kind].sort().reverse().join('');
    if (isWaiting(job)) withHold(job);
    saved(job);
  };

  const release: Core['release'] = (job, kind) => {
    job.holds = job.holds.replace(kind, '');
    if (isWaiting(job)) withHold(job);
    saved(job);
  };

  const removeByDependency: Core['removeByDependency'] = job => {
    job.comment = undefined;
    store.account('A', job);
    over(job, 92);
  };

  const beginArray = (id: string): void => {
    const parent = store.jobs.get(id);
    if (!parent || parent.state === 'B') return;
    Object.assign(parent, { state: 'B', substate: 70, stime: Date.now() });
    parent.comment = `Job Array Began at ${runTime(Date.now())}`;
    saved(parent);
  };

  const start: Core['start'] = (job, placed) => {
    Object.assign(job, placed, { state: 'R', substate: 41, stime: Date.now(), runCount: job.runCount + 1 });
    Object.assign(job, { lostAt: undefined, sessionId: undefined });
    store.account('S', job, { exec_host: job.execHost ?? '', run_count: job.runCount });
    saved(job);
    tellChildren(job);
    if (job.parent !== undefined) beginArray(job.parent);
  };

  const exiting: Core['exiting'] = (job, { exitStatus, used, exceeded }) => {
    Object.assign(job, { state: 'E', substate: 51, exitStatus, used, exceeded, obittime: Date.now() });
    saved(job);
  };

  const finish: Core['finish'] = job => {
    job.comment = endComment(job);
    store.account('E', job, {
      Exit_status: job.exitStatus ?? 0,
      run_count: job.runCount,
      'resources_used.walltime': job.used?.walltimeSeconds ?? 0,
    });
    over(job, job.cancelled ? 91 : job.exitStatus === 0 ? 92 : 93);
  };

  const requeue: Core['requeue'] = (job, exitStatus) => {
    store.account('R', job, { Exit_status: exitStatus, run_count: job.runCount });
    const nothing = {
      stime: undefined,
      execHost: undefined,
      execVnode: undefined,
      hosts: undefined,
      lostAt: undefined,
    };
    Object.assign(job, nothing, { exitStatus, sessionId: undefined, comment: undefined });
    job.state = 'Q';
    withHold(job);
    saved(job);
  };

  const cancel: Core['cancel'] = (job, by, force) => {
    job.cancelled = { by, force };
    if (job.array && !isWaiting(job)) {
      for (const each of elementsOf(job, store.jobs)) if (!isOver(each)) cancel(each, by, force);
      saved(job);
      return;
    }
    if (!isWaiting(job)) return saved(job);
    if (job.comment !== undefined) job.comment = `${job.comment} and terminated`;
    store.account('D', job, { requestor: by });
    if (job.array) for (const each of elementsOf(job, store.jobs)) store.save(Object.assign(each, ENDED_WITH_ARRAY));
    over(job, 91);
  };

  const accept: Core['accept'] = (submitted, id, seq) => {
    const now = Date.now();
    const job: Job = { ...submitted, ...NEW, id, seq, state: 'Q', substate: 10, ctime: now, mtime: now };
    saved(job);
    store.account('Q', job);
    for (const index of submitted.array?.indices ?? []) {
      const { array, ...rest } = submitted;
      const element = { ...rest, ...NEW, id: elementId(seq, index), seq, index, parent: id };
      store.save({ ...element, state: 'Q', substate: 10, ctime: now, mtime: now });
    }
    return job;
  };

  return {
    folder,
    store,
    get settings() {
      return settings();
    },
    ...{ accept, hold, release, start, exiting, finish, requeue, cancel, removeByDependency, saved },
  };
};

const ENDED_WITH_ARRAY = { state: 'F', substate: 91 } as const;

/** `Sat Nov 21 at 17:24` */
export const runTime = (time: number): string => {
  const [weekday, month, dayOfMonth, , clock = ''] = new Date(time).toString().split(' ');
  return `${weekday} ${month} ${dayOfMonth} at ${clock.slice(0, 5)}`;
};
