import { clock } from '../model/units.ts';
import { env, lit, lits, word } from '../shell/word.ts';
import type { Header, JobRequest } from './dialect.ts';
import type { Row } from './directive.ts';
import { accountRow, ENVIRONMENT_LIST, environmentList, fixed, named, outputPath, sheet, valued } from './directive.ts';
import { accountWords, afterWord, program } from './words.ts';

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
  ...warning(job.walltimeSeconds),
  ...(job.priority === undefined ? [] : [fixed(`--priority=${job.priority}`)]),
  // Not NONE: that sets SLURM_EXPORT_ENV=NONE inside the job, and then srun hides from its tasks what job.sh exports.
  // ALL is harmless, because the walk gives sbatch a short list of variables and no others.
  ...valued('--export=ALL,', environmentList(job.submitEnv) || undefined, 'submit_env', ENVIRONMENT_LIST),
  ...(Object.keys(job.submitEnv).length ? [] : [fixed('--export=ALL')]),
];

/** Slurm: sbatch(1), scontrol(1). */
export const slurm: Header = {
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
  // --parsable prints ID, or ID;CLUSTER on a federation.
  idPattern: '^([0-9]+);?[A-Za-z0-9_.-]*$',
};
