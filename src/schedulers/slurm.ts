import { clock } from '../model/units.ts';
import { env, lit, lits, word } from '../shell/word.ts';
import type { Dialect, JobRequest } from './dialect.ts';
import type { Row } from './directive.ts';
import { accountRow, ENVIRONMENT_LIST, environmentList, fixed, named, outputPath, sheet, valued } from './directive.ts';
import { cancel, hold, readAct, readCancel, release } from './slurm/act.ts';
import { find, readFind } from './slurm/find.ts';
import { history, readHistory } from './slurm/history.ts';
import { poll, readPoll } from './slurm/poll.ts';
import { idPattern, readSubmit } from './slurm/submit.ts';
import { readWhy, why } from './slurm/why.ts';
import { accountWords, afterWord, arrayIndices, program } from './words.ts';

/** Accounting keeps names in a TINYTEXT column. */
const NAME_LIMIT = 230;

const time = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return 'UNLIMITED'; // without the word, the partition's DefaultTime would rule
  const days = Math.floor(seconds / 86400);
  return `${days}-${clock(seconds - days * 86400)}`;
};

/** Only the batch shell hears it (B:), and up to a minute early. A tenth of short jobs, so that it never comes at the start. */
const warning = (seconds: number): readonly Row[] =>
  Number.isFinite(seconds) ? [fixed(`--signal=B:USR1@${Math.min(600, Math.floor(seconds / 10))}`)] : [];

const rows = (job: JobRequest): readonly Row[] => [
  ...named('--job-name=', job.name, NAME_LIMIT),
  ...valued('--partition=', job.queue, 'partition'),
  ...(job.accountBy === 'directive' ? accountRow(job.account, job.accountOption ?? '--account') : []),
  fixed(`--nodes=${job.nodes}`),
  fixed(`--ntasks-per-node=${job.ranksPerNode}`),
  ...(job.exclusive
    ? [fixed('--exclusive')]
    : [fixed(`--cpus-per-task=${Math.max(1, Math.floor(job.cpusPerNode / job.ranksPerNode))}`)]),
  ...(job.options.gpus_per_node === true && job.gpusPerNode > 0 ? [fixed(`--gpus-per-node=${job.gpusPerNode}`)] : []),
  fixed(`--time=${time(job.walltimeSeconds)}`),
  // %j is the job id; no %x, because a name with a slash would fail the job.
  fixed(`--output=${outputPath(job.dir, dir => `${dir}/slurm-%j.out`)}`),
  fixed('--open-mode=append'),
  fixed(job.options.requeue ? '--requeue' : '--no-requeue'),
  // Else a job whose parent failed waits for ever (DependencyNeverSatisfied), where PBS deletes it and Grid Engine starts it.
  fixed('--kill-on-invalid-dep=yes'),
  ...warning(job.walltimeSeconds),
  ...(job.priority === undefined ? [] : [fixed(`--priority=${job.priority}`)]),
  // Not NONE: that sets SLURM_EXPORT_ENV=NONE inside the job, and then srun hides from its tasks what job.sh exports.
  // ALL is harmless, because the walk gives sbatch a short list of variables and no others.
  ...valued('--export=ALL,', environmentList(job.submitEnv) || undefined, 'submit_env', ENVIRONMENT_LIST),
  ...(Object.keys(job.submitEnv).length ? [] : [fixed('--export=ALL')]),
];

/** Slurm: sbatch(1), squeue(1), sacct(1), scontrol(1), scancel(1), of 22.05 to 25.11. */
export const slurm: Dialect = {
  id: 'slurm',
  title: 'Slurm',
  manual: 'https://slurm.schedmd.com/sbatch.html',
  nameLimit: NAME_LIMIT,
  keeps: ['SLURM_CONF'],
  killGraceSeconds: 25, // KillWait is 30 s by default
  jobIdVar: 'SLURM_JOB_ID',
  jobNameVar: 'SLURM_JOB_NAME',
  hosts: () => [...lits('scontrol', 'show', 'hostnames'), [env('SLURM_JOB_NODELIST')]],
  directives: job => sheet('#SBATCH', rows(job), job.siteDirectives),
  submit: (script, job, name) => {
    const dependency = afterWord('--dependency=', job.after);
    return [
      program('sbatch', job.options.bin),
      lit('--parsable'),
      word`--job-name=${name}`,
      word`--comment=${job.token}`,
      ...accountWords(job, '--account'),
      ...(dependency ? [dependency] : []),
      ...job.submitArgs.map(lit),
      lit(script),
    ];
  },
  idPattern,
  readSubmit,
  poll,
  readPoll,
  find,
  readFind,
  history,
  readHistory,
  cancel,
  readCancel,
  hold,
  release,
  readAct,
  why,
  readWhy,
  exclude: hosts => (hosts.length > 0 ? [word`--exclude=${hosts.join(',')}`] : []),
  array: range => [word`--array=${arrayIndices(range)}`],
  arrayIndexVar: 'SLURM_ARRAY_TASK_ID',
  // slurmctld answers everybody in one lock; squeue(1) and sacct(1) warn of loops, and 23.02 on may limit a person's rate.
  pollSeconds: 10,
  // slurmdbd lags by seconds; a network file system may show an exit file a minute late.
  graceSeconds: 120,
};
