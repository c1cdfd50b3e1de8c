import type { Core } from './lifecycle.ts';
import type { Job } from './model.ts';
import type { TaskStatus } from './mom.ts';
import type { Mom } from './mom-client.ts';
import { orderOf } from './order.ts';
import { schedule } from './schedule.ts';
import { lists, type Settings } from './settings.ts';

const HOST_DIED = -20;
const RERUN = -11;

const running = (core: Core): Job[] => [...core.store.jobs.values()].filter(job => job.state === 'R');

/** A dead first host: the job keeps its state for a while, then it is queued again, or over when it may not run twice. */
const lose = (core: Core, job: Job): void => {
  if (job.rerunable) core.requeue(job, HOST_DIED);
  else {
    core.exiting(job, { exitStatus: HOST_DIED, used: { walltimeSeconds: 0, cpuSeconds: 0 }, exceeded: false });
    job.exitingUntil = 0;
  }
};

const watchHosts = async (core: Core, mom: Mom): Promise<void> => {
  for (const job of running(core)) {
    const isDown = lists(core.settings.down, job.hosts?.[0]?.host ?? '');
    if (isDown && job.lostAt === undefined) {
      job.lostAt = Date.now();
      core.saved(job);
      await mom.tell({ verb: 'drop', id: job.id });
    }
    if (job.lostAt === undefined) continue;
    // A host that comes back knows nothing of its jobs.
    if (!isDown || Date.now() - job.lostAt > core.settings.nodeFailSeconds * 1000) {
      await mom.tell({ verb: 'forget', id: job.id });
      lose(core, job);
    }
  }
};

const whole = (n: number): number => Math.round(n);

const heed = async (core: Core, mom: Mom, job: Job, task: TaskStatus): Promise<void> => {
  if (task.isLost) {
    await mom.tell({ verb: 'forget', id: job.id });
    return lose(core, job);
  }
  if (task.exitStatus !== undefined) {
    const used = { walltimeSeconds: whole(task.walltimeSeconds), cpuSeconds: whole(task.cpuSeconds) };
    core.exiting(job, { exitStatus: task.exitStatus, used, exceeded: task.exceeded });
    const isDelivered = await mom.deliver(job.id);
    job.stageoutStatus = isDelivered ? 1 : 0;
    job.exitingUntil = Date.now() + (isDelivered ? core.settings.exitingSeconds : core.settings.stageoutSeconds) * 1000;
    return core.saved(job);
  }
  if (job.cancelled && !task.isEnding) await mom.tell({ verb: 'end', id: job.id, force: job.cancelled.force });
  if (job.sessionId === undefined) {
    job.sessionId = task.session;
    core.saved(job);
  }
};

/** Brings the hosts in line with the server's jobs, and the jobs with what the hosts say. */
const watchTasks = async (core: Core, mom: Mom): Promise<void> => {
  const jobs = running(core).filter(job => job.lostAt === undefined);
  if (jobs.length === 0) return;
  const tasks = await mom.status();
  for (const job of jobs) {
    const task = tasks.find(each => each.id === job.id && each.run === job.runCount);
    if (task) await heed(core, mom, job, task);
    // Saying it twice does not start it twice.
    else await mom.tell({ verb: 'start', order: orderOf(job) });
  }
};

const settleOne = async (core: Core, mom: Mom, job: Job): Promise<void> => {
  const now = Date.now();
  const since = now - (job.stime ?? now);
  if (job.state === 'E' && now >= (job.exitingUntil ?? 0)) {
    core.finish(job);
    await mom.tell({ verb: 'forget', id: job.id });
  } else if (job.state === 'R' && job.substate === 41 && since >= core.settings.prerunSeconds * 1000) {
    job.substate = 42;
    core.saved(job);
  } else if (job.state === 'F' && now - (job.historyTime ?? now) > core.settings.historySeconds * 1000)
    core.store.remove(job.id);
};

/** 22: a job that had just begun when the server was stopped in order is run again from the top (section 13). */
export const rerunBegun = async (core: Core, mom: Mom): Promise<void> => {
  const { stoppedAt } = core.store;
  if (core.settings.flavour !== 22 || stoppedAt === undefined) return;
  for (const job of running(core).filter(each => each.substate === 41 && stoppedAt > (each.stime ?? 0)))
    await rerun(core, mom, job);
};

/** An operator's qrerun. */
export const rerun = async (core: Core, mom: Mom, job: Job): Promise<void> => {
  await mom.tell({ verb: 'drop', id: job.id });
  await mom.tell({ verb: 'forget', id: job.id });
  core.requeue(job, RERUN);
};

export const tellSettings = (mom: Mom, { killDelaySeconds, walltimeCheckSeconds }: Settings): Promise<void> =>
  mom.tell({ verb: 'set', killDelaySeconds, walltimeCheckSeconds });

/** One round of the server's own work. */
export const makeTick = (core: Core, mom: Mom): (() => Promise<void>) => {
  let lastCycle = 0;
  return async () => {
    await watchHosts(core, mom);
    await watchTasks(core, mom);
    for (const job of [...core.store.jobs.values()]) await settleOne(core, mom, job);
    if (!core.settings.scheduling || Date.now() - lastCycle < core.settings.cycleSeconds * 1000) return;
    lastCycle = Date.now();
    schedule(core);
  };
};
