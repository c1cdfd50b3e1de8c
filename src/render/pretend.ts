import type { PlannedJob } from '../plan/types.ts';
import type { Word } from '../shell/word.ts';
import { env, lineText, lit, lits, word } from '../shell/word.ts';
import { ranksPerNode } from './command.ts';
import type { Programs } from './job.ts';
import { commandText, script } from './script.ts';
import type { RenderSite } from './site.ts';

/** How a scheduler starts a job's script: the lines of its host file and the variables it sets, seen on real ones. */
interface Start {
  readonly hostFile: readonly string[];
  readonly variables: Readonly<Record<string, Word>>;
}

const ID = env('MARTLET_LOCAL_JOB_ID');
const NAME = env('MARTLET_LOCAL_JOB_NAME');

const hostNames = (prefix: string, nodes: number): string[] =>
  Array.from({ length: nodes }, (_, i) => `${prefix}${i + 1}`);

/** OpenPBS 22: a line for each MPI process; OMP_NUM_THREADS is all cores of the node. PBS_LOCALDIR is ABCI's own. */
const pbspro = (job: PlannedJob, ranks: number, at: string): Start => ({
  hostFile: hostNames('hnode00', job.request.nodes).flatMap(host => Array.from({ length: ranks }, () => host)),
  variables: {
    PBS_JOBID: [ID, { lit: '.pbs1' }],
    PBS_JOBNAME: [NAME],
    PBS_ENVIRONMENT: lit('PBS_BATCH'),
    PBS_NODEFILE: lit(`${at}/hosts`),
    PBS_LOCALDIR: lit(`${at}/local`),
    PBS_O_WORKDIR: lit(job.dir),
    OMP_NUM_THREADS: lit(String(job.request.cpusPerNode)),
  },
});

/** Grid Engine 8.1: `host slots queue processors`, the master first. T4TMPDIR is TSUBAME's own. */
const gridengine = (job: PlannedJob, ranks: number, at: string): Start => ({
  hostFile: hostNames('r1n', job.request.nodes).map(host => `${host} ${ranks} all.q@${host} UNDEFINED`),
  variables: {
    JOB_ID: [ID],
    JOB_NAME: [NAME],
    PE_HOSTFILE: lit(`${at}/hosts`),
    NHOSTS: lit(String(job.request.nodes)),
    NSLOTS: lit(String(job.request.nodes * ranks)),
    RESTARTED: lit('0'),
    ENVIRONMENT: lit('BATCH'),
    SGE_O_WORKDIR: lit(job.dir),
    SGE_TASK_ID: lit('undefined'),
    T4TMPDIR: lit(`${at}/local`),
  },
});

/** Slurm 22.05 with sbatch --export=ALL. */
const slurm = (job: PlannedJob, ranks: number): Start => ({
  hostFile: [],
  variables: {
    SLURM_JOB_ID: [ID],
    SLURM_JOB_NAME: [NAME],
    SLURM_JOB_NODELIST: lit(`ip-10-1-0-[1-${job.request.nodes}]`),
    SLURM_JOB_NUM_NODES: lit(String(job.request.nodes)),
    SLURM_NTASKS: lit(String(job.request.nodes * ranks)),
    SLURM_NTASKS_PER_NODE: lit(String(ranks)),
    SLURM_NODEID: lit('0'),
    SLURM_PROCID: lit('0'),
    SLURM_LOCALID: lit('0'),
    SLURM_EXPORT_ENV: lit('ALL'),
    SLURM_SUBMIT_DIR: lit(job.dir),
  },
});

/** What its companion and the engine set in the container. */
const docker = (): Start => ({
  hostFile: [],
  variables: { MARTLET_DOCKER_JOB_ID: [ID], MARTLET_DOCKER_JOB_NAME: [NAME] },
});

const STARTS: Readonly<Record<string, (job: PlannedJob, ranks: number, at: string) => Start>> = {
  pbspro,
  gridengine,
  slurm,
  docker,
};

/** What the stand-ins of a site need to know, and a PATH that finds them before anything of this machine. */
const standIns = (job: PlannedJob, site: RenderSite): Readonly<Record<string, Word | undefined>> => ({
  PATH: lit(`${site.runDir}/rehearsal/stubs/bin:/usr/local/bin:/usr/bin:/bin`),
  HOME: [env('HOME')],
  USER: lit('pretended'),
  MARTLET_REHEARSAL: lit('1'),
  MARTLET_REHEARSAL_STEP_SECONDS:
    site.rehearsal?.stepSeconds === undefined ? undefined : lit(String(site.rehearsal.stepSeconds)),
  MARTLET_REHEARSAL_BIN: lit(`${site.runDir}/rehearsal/bin`),
  MARTLET_NODE: lit(site.rehearsal?.node ?? 'node'),
  MARTLET_RECORD_DIR: lit(`${job.dir}/record`),
  MARTLET_PRETEND_MODULES: lit(`${site.runDir}/rehearsal/stubs/bin/module-init.sh`),
  MARTLET_RESTART_PAUSE: lit('1'),
});

/** as.sh: starts job.sh, unchanged, the way its own scheduler would, on pretend nodes of this machine. */
export const pretendScript = (job: PlannedJob, site: RenderSite, { scheduler }: Programs): string => {
  const at = `${job.dir}/pretend`;
  const start = STARTS[scheduler.id]?.(job, ranksPerNode(job, site), at) ?? { hostFile: [], variables: {} };
  const variables = Object.entries({ ...standIns(job, site), ...start.variables });
  const words = variables.flatMap(([name, value]) => (value ? [word`${name}=${value}`] : []));
  return script([
    '#!/bin/bash',
    `# A rehearsal: job.sh as ${scheduler.title} would start it on ${job.request.nodes} nodes, with its environment and nothing else.`,
    [
      'set -u',
      lineText([...lits('mkdir', '-p', `${at}/local`, `${job.dir}/record`)]),
      ...(start.hostFile.length
        ? [`${lineText([...lits('printf', '%s\\n', ...start.hostFile)])} >${lineText([lit(`${at}/hosts`)])}`]
        : []),
      `exec ${commandText([...lits('env', '-i'), ...words, ...lits('bash', `${job.dir}/job.sh`)], '  ')}`,
    ].join('\n'),
  ]);
};
