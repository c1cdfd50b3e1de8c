import { elementsOf, room } from './array.ts';
import type { Core } from './lifecycle.ts';
import { runTime } from './lifecycle.ts';
import type { Chunk, Job } from './model.ts';
import { HOST } from './resources.ts';
import { lists, type Settings } from './settings.ts';

interface Free {
  readonly host: string;
  ncpus: number;
  ngpus: number;
  memGb: number;
  isExclusive: boolean;
  tasks: number;
}

export const hostNames = (settings: Settings): string[] =>
  Array.from({ length: settings.hosts }, (_, i) => `hnode${String(i + 1).padStart(3, '0')}`);

const isRunning = (job: Job): boolean => job.state === 'R' || job.state === 'S' || job.state === 'E';
const isExclusive = (job: Job): boolean => job.resources.place.includes('excl');

/** What is free on every host that takes jobs. */
const freeHosts = (jobs: readonly Job[], settings: Settings): Free[] => {
  const names = hostNames(settings).filter(host => !lists(settings.down, host) && !lists(settings.offline, host));
  const free = names.map(host => ({ host, ...HOST, isExclusive: false, tasks: 0 }));
  for (const job of jobs.filter(isRunning))
    for (const { host, chunk } of job.hosts ?? []) {
      const there = free.find(each => each.host === host);
      if (there) take(there, chunk, isExclusive(job));
    }
  return free;
};

const take = (free: Free, chunk: Chunk, exclusive: boolean): void => {
  free.ncpus -= chunk.ncpus;
  free.ngpus -= chunk.ngpus;
  free.memGb -= chunk.memGb;
  free.tasks += 1;
  free.isExclusive ||= exclusive;
};

const holds = (free: Free, chunk: Chunk, exclusive: boolean): boolean =>
  !free.isExclusive &&
  (!exclusive || free.tasks === 0) &&
  free.ncpus >= chunk.ncpus &&
  free.ngpus >= chunk.ngpus &&
  free.memGb >= chunk.memGb;

type Placed = { readonly host: string; readonly chunk: Chunk; readonly task: number }[];

/** Chunk by chunk on the first host that holds it; `scatter`: each on a host of its own. */
const place = (job: Job, free: Free[]): Placed | undefined => {
  const now = free.map(each => ({ ...each }));
  const used = new Set<string>();
  const placed: Placed = [];
  for (const chunk of job.resources.chunks)
    for (let i = 0; i < chunk.count; i += 1) {
      const scatter = job.resources.place.includes('scatter');
      const found = now.find(
        each => holds(each, chunk, isExclusive(job) && !used.has(each.host)) && !(scatter && used.has(each.host)),
      );
      if (!found) return undefined;
      placed.push({ host: found.host, chunk, task: found.tasks });
      used.add(found.host);
      take(found, chunk, false);
    }
  return placed;
};

/** Why it does not run, in the scheduler's words (section 6). */
const whyNot = (job: Job, free: readonly Free[], settings: Settings): string => {
  const [chunk] = job.resources.chunks;
  const count = job.resources.chunks.reduce((sum, each) => sum + each.count, 0);
  if (job.resources.place.includes('scatter') && count > settings.hosts)
    return 'Can Never Run: Not enough total nodes available';
  if (!chunk) return 'Not Running: Insufficient amount of resource: host ';
  if (chunk.ncpus > HOST.ncpus) return 'Not Running: Insufficient amount of resource: ncpus ';
  if (chunk.ngpus > HOST.ngpus) return 'Not Running: Insufficient amount of resource: ngpus ';
  const total = settings.hosts * HOST.ncpus;
  const left = free.reduce((sum, each) => sum + (each.isExclusive ? 0 : each.ncpus), 0);
  return `Not Running: Insufficient amount of resource: ncpus (R: ${chunk.ncpus} A: ${left} T: ${total})`;
};

/** `hnode001/0*0` where a chunk spans both halves of a host, `hnode001/0*8` where it does not. */
const texts = (placed: Placed): { execHost: string; execVnode: string } => {
  const spans = (chunk: Chunk): boolean => chunk.ncpus > HOST.ncpus / 2 || chunk.ngpus > HOST.ngpus / 2;
  const words = (n: Omit<Chunk, 'count' | 'mpiprocs'>): string =>
    [
      n.ngpus > 0 ? `:ngpus=${n.ngpus}` : '',
      `:ncpus=${n.ncpus}`,
      n.memGb > 0 ? `:mem=${n.memGb * 1048576}kb` : '',
    ].join('');
  const half = (n: Chunk) => ({ ngpus: n.ngpus / 2, ncpus: n.ncpus / 2, memGb: n.memGb / 2 });
  return {
    execHost: placed.map(({ host, chunk, task }) => `${host}/${task}*${spans(chunk) ? 0 : chunk.ncpus}`).join('+'),
    execVnode: placed
      .map(({ host, chunk }) =>
        spans(chunk)
          ? `(${host}[0]${words(half(chunk))}+${host}[1]${words(half(chunk))})`
          : `(${host}[0]${words(chunk)})`,
      )
      .join('+'),
  };
};

/** Queued jobs in their order, elements in their array's place. */
const candidates = (jobs: readonly Job[], core: Core): Job[] =>
  jobs
    .filter(job => job.parent === undefined && (job.state === 'Q' || job.state === 'B'))
    .sort((a, b) => b.priority - a.priority || a.seq - b.seq)
    .flatMap(job => {
      if (!job.array) return [job];
      const elements = elementsOf(job, core.store.jobs);
      return elements.filter(each => each.state === 'Q').slice(0, Math.max(0, room(job, elements)));
    });

const note = (job: Job, comment: string, core: Core): void => {
  const shown = job.parent === undefined ? job : core.store.jobs.get(job.parent);
  if (!shown || shown.comment === comment || shown.state === 'B') return;
  shown.comment = comment;
  core.saved(shown);
};

const isAtLimit = (job: Job, jobs: readonly Job[], limit: number): boolean =>
  limit > 0 &&
  jobs.filter(each => isRunning(each) && each.user === job.user && each.queue === job.queue).length >= limit;

/** One cycle: starts what fits, and says of the others why not. */
export const schedule = (core: Core): void => {
  const { settings } = core;
  const all = (): Job[] => [...core.store.jobs.values()];
  for (const job of candidates(all(), core)) {
    const jobs = all();
    const free = freeHosts(jobs, settings);
    if (lists(settings.stopped, job.queue)) note(job, 'Not Running: Queue not started.', core);
    else if (isAtLimit(job, jobs, settings.userRunLimit))
      note(job, `Not Running: User has reached queue ${job.queue} running job limit.`, core);
    else {
      const placed = place(job, free);
      if (!placed) note(job, whyNot(job, free, settings), core);
      else {
        const where = texts(placed);
        const comment = `Job run at ${runTime(Date.now())} on ${where.execVnode}`;
        core.start(job, { hosts: placed.map(({ host, chunk }) => ({ host, chunk })), ...where, comment });
      }
    }
  }
};
