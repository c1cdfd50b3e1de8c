import type { Asked } from './directives.ts';

/** What the job's own files are called inside (driver.sh writes them). */
const NODEFILE = '/run/martlet/nodefile';
const PE_HOSTFILE = '/run/martlet/pe_hostfile';
const HOSTLIST = '/run/martlet/hostlist';
const JOB = '4242';

/** `node0001 node0002 ...`: names of pretend nodes. */
export const hostsOf = (nodes: number): string[] =>
  Array.from({ length: nodes }, (_, index) => `node${String(index + 1).padStart(4, '0')}`);

const pbs = (asked: Asked, folder: string): Record<string, string> => ({
  PBS_JOBID: `${JOB}.pbs1`,
  PBS_JOBNAME: asked.name ?? 'job',
  PBS_NODEFILE: NODEFILE,
  PBS_O_WORKDIR: folder,
  PBS_O_HOST: 'login1',
  PBS_QUEUE: asked.queue ?? 'batch',
  PBS_ENVIRONMENT: 'PBS_BATCH',
  PBS_LOCALDIR: '/local',
  PBS_JOBDIR: folder,
  PBS_NUM_PPN: String(asked.gpusPerNode),
  NCPUS: '96',
});

const gridEngine = (asked: Asked, folder: string): Record<string, string> => ({
  JOB_ID: JOB,
  JOB_NAME: asked.name ?? 'job',
  NHOSTS: String(asked.nodes),
  NSLOTS: String(asked.nodes * asked.gpusPerNode),
  PE_HOSTFILE,
  SGE_JOB_HOSTLIST: HOSTLIST,
  SGE_TASK_ID: 'undefined',
  SGE_O_WORKDIR: folder,
  SGE_O_HOST: 'login1',
  SGE_RESOURCE_TYPE: asked.resourceType ?? '',
  SGE_LOCALDIR: '/local',
  T4TMPDIR: '/local',
  QUEUE: 'all.q',
  ENVIRONMENT: 'BATCH',
});

const slurmList = (hosts: readonly string[]): string =>
  hosts.length === 1
    ? (hosts[0] as string)
    : `node[${hosts[0]?.replace('node', '')}-${hosts.at(-1)?.replace('node', '')}]`;

const slurm = (asked: Asked, folder: string): Record<string, string> => {
  const list = slurmList(hostsOf(asked.nodes));
  const tasks = asked.tasksPerNode ?? 1;
  return {
    SLURM_JOB_ID: JOB,
    SLURM_JOBID: JOB,
    SLURM_JOB_NAME: asked.name ?? 'job',
    SLURM_JOB_NODELIST: list,
    SLURM_NODELIST: list,
    SLURM_JOB_NUM_NODES: String(asked.nodes),
    SLURM_NNODES: String(asked.nodes),
    SLURM_NTASKS: String(asked.nodes * tasks),
    SLURM_NPROCS: String(asked.nodes * tasks),
    SLURM_NTASKS_PER_NODE: String(tasks),
    SLURM_TASKS_PER_NODE: asked.nodes > 1 ? `${tasks}(x${asked.nodes})` : String(tasks),
    SLURM_GPUS_PER_NODE: String(asked.gpusPerNode),
    SLURM_GPUS_ON_NODE: String(asked.gpusPerNode),
    SLURM_CPUS_PER_TASK: '12',
    SLURM_CPUS_ON_NODE: '96',
    SLURM_JOB_CPUS_PER_NODE: `96(x${asked.nodes})`,
    SLURM_JOB_PARTITION: asked.queue ?? 'gpu',
    SLURM_JOB_ACCOUNT: asked.account ?? 'account',
    SLURM_SUBMIT_DIR: folder,
    SLURM_SUBMIT_HOST: 'login1',
    SLURM_NODEID: '0',
    SLURM_PROCID: '0',
    SLURM_LOCALID: '0',
    SLURMD_NODENAME: 'node0001',
    SLURM_CLUSTER_NAME: 'cluster',
  };
};

const MAKERS = { pbspro: pbs, gridengine: gridEngine, slurm };

/** Names of variables that the job or the sandbox has by itself: no setting of the script. */
export const AMBIENT = new RegExp(
  '^(PBS_|SGE_|SLURM|OMPI_COMM_WORLD_|MARTLET_|BASH_|JOB_ID$|JOB_NAME$|NHOSTS$|NSLOTS$|PE_HOSTFILE$|QUEUE$|ENVIRONMENT$|' +
    'T4TMPDIR$|NCPUS$|GPUS_HERE$|HOME$|USER$|LOGNAME$|PATH$|SHELL$|PWD$|OLDPWD$|SHLVL$|TMPDIR$|TERM$|LANG$|LC_ALL$|_$)',
);

/** What the script finds around it: a login's few variables, and those of the scheduler its directives are for. */
export const jobEnvironment = (
  asked: Asked,
  folder: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  HOME: '/home/user',
  USER: 'user',
  LOGNAME: 'user',
  SHELL: '/bin/bash',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  BASH_ENV: '/run/martlet/kit/prelude.sh',
  GPUS_HERE: String(asked.gpusPerNode),
  ...(asked.scheduler === undefined ? {} : MAKERS[asked.scheduler](asked, folder)),
  ...own,
});
