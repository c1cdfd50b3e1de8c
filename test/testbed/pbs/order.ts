import { join } from 'node:path';
import type { Job } from './model.ts';
import { SERVER } from './model.ts';
import type { Order } from './task.ts';

/** Texts are bytes in Latin-1 in the server, and what they are in the world of files and processes. */
const real = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

/** The default names: NAME.oNNN and NAME.eNNN in the submit directory, NAME.oNNN.INDEX for an element. */
export const outputPath = (job: Job, kind: 'o' | 'e'): string => {
  const given = kind === 'o' ? job.output : job.error;
  const index = job.index === undefined ? (job.array ? '.^array_index^' : '') : `.${job.index}`;
  if (given !== '') return given.replace('^array_index^', index.replace('.', '') || '^array_index^');
  const workdir = job.variables.find(([name]) => name === 'PBS_O_WORKDIR')?.[1] ?? job.home;
  return join(workdir, `${job.name}.${kind}${job.seq}${index}`);
};

/** One line for every MPI process: `select=2:mpiprocs=8` gives 16 lines, grouped by host (section 12). */
const nodefile = (job: Job): string =>
  (job.hosts ?? []).map(({ host, chunk }) => `${host}\n`.repeat(chunk.mpiprocs)).join('');

const environment = (job: Job): Record<string, string> => {
  const ncpus = String(job.hosts?.[0]?.chunk.ncpus ?? 1);
  const path = job.script === undefined ? { PATH: '/bin:/usr/bin' } : {};
  const array = job.parent === undefined ? {} : { PBS_ARRAY_ID: job.parent, PBS_ARRAY_INDEX: String(job.index) };
  return {
    ...path,
    ...Object.fromEntries(job.variables.map(([name, value]) => [name, real(value)])),
    ...{ HOME: job.home, LOGNAME: job.user, USER: job.user, SHELL: '/bin/bash' },
    ...{ PBS_JOBID: job.id, PBS_JOBNAME: job.name, PBS_ENVIRONMENT: 'PBS_BATCH', PBS_QUEUE: job.queue },
    ...{ PBS_NODENUM: '0', PBS_TASKNUM: '1', PBS_MOMPORT: '15003', PBS_JOBCOOKIE: job.id.replace(`.${SERVER}`, '') },
    ...{ NCPUS: ncpus, OMP_NUM_THREADS: ncpus },
    ...array,
  };
};

/** What the first host is told when the job starts. */
export const orderOf = (job: Job): Order => ({
  ...{ id: job.id, run: job.runCount, uid: job.uid, user: job.user, home: job.home },
  script: job.script,
  argv: job.argv?.map(real),
  shell: job.shell,
  env: environment(job),
  nodefile: nodefile(job),
  ...{ umask: job.umask, join: job.join, keep: job.keep, remove: job.remove },
  output: real(outputPath(job, 'o')),
  error: real(outputPath(job, 'e')),
  walltimeSeconds: job.resources.walltimeSeconds,
});
