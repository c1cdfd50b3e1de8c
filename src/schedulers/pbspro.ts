import { clock } from '../model/units.ts';
import { env, lit, lits } from '../shell/word.ts';
import type { Dialect, JobRequest } from './dialect.ts';
import type { Row } from './directive.ts';
import { accountRow, ENVIRONMENT_LIST, environmentList, fixed, named, outputPath, sheet, valued } from './directive.ts';
import { cancel, hold, readAct, readCancel, release } from './pbspro/act.ts';
import { find, readFind } from './pbspro/find.ts';
import { history, readHistory } from './pbspro/history.ts';
import { poll, pollPlain, readPoll, readPollPlain } from './pbspro/poll.ts';
import { idPattern, readSubmit } from './pbspro/submit.ts';
import { readWhy, why } from './pbspro/why.ts';
import { accountWords, afterWord, arrayIndices, firstSeen, program } from './words.ts';

/** A reservation has no walltime limit, but without the word PBS gives its default of an hour. */
const UNLIMITED_SECONDS = 10000 * 3600;
const NAME_LIMIT = 230;

const rows = (job: JobRequest): readonly Row[] => [
  ...(job.accountBy === 'directive' ? accountRow(job.account, job.accountOption ?? '-P') : []),
  ...valued('-q ', job.queue, 'queue'),
  fixed(`-l select=${job.nodes}:mpiprocs=${job.ranksPerNode}`),
  fixed(`-l walltime=${clock(Math.min(job.walltimeSeconds, UNLIMITED_SECONDS))}`),
  ...named('-N ', job.name, NAME_LIMIT),
  fixed('-j oe'),
  // A folder with a slash at its end: PBS names the file after the job id. A path with a colon would be read as host:path.
  fixed(`-o ${outputPath(job.dir, dir => `${dir}/`)}`),
  fixed('-m n'),
  fixed('-r n'),
  ...(job.priority ? [fixed(`-p ${job.priority}`)] : []),
  // One -v with all of them; quotes and backslashes in values are damaged on the way (qsub of OpenPBS 22 and 23).
  ...valued('-v ', environmentList(job.submitEnv) || undefined, 'submit_env', ENVIRONMENT_LIST),
];

/** PBS Professional / OpenPBS: qsub(1B), qstat(1B), qselect(1B), qdel(1B); ABCI 3.0 user guide, job execution. */
export const pbspro: Dialect = {
  id: 'pbspro',
  title: 'PBS Professional',
  manual: 'https://docs.abci.ai/v3/en/job-execution/',
  nameLimit: NAME_LIMIT,
  keeps: ['PBS_CONF_FILE', 'PBS_EXEC'],
  killGraceSeconds: 8, // kill_delay is 10 s by default
  jobIdVar: 'PBS_JOBID',
  jobNameVar: 'PBS_JOBNAME',
  hosts: () => firstSeen([env('PBS_NODEFILE')], 1),
  directives: job => sheet('#PBS', rows(job), job.siteDirectives),
  submit: (script, job, name) => {
    const depend = afterWord('depend=', job.after);
    return [
      program('qsub', job.options.bin),
      ...lits('-N', name),
      ...accountWords(job, '-P'),
      ...(depend ? [lit('-W'), depend] : []),
      ...job.submitArgs.map(lit),
      lit(script),
    ];
  },
  idPattern,
  readSubmit,
  poll,
  readPoll,
  pollPlain,
  readPollPlain,
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
  // A chunk can name the host it wants, not one that it does not want.
  exclude: () => undefined,
  // PBS has no array of one element ("illegal -J value").
  array: range => (range.first + (range.step ?? 1) <= range.last ? lits('-J', arrayIndices(range)) : undefined),
  arrayIndexVar: 'PBS_ARRAY_INDEX',
  // qstat itself sleeps when a person asks twice within a second.
  pollSeconds: 10,
  // A job may stay in E for half a minute while its output is delivered; a network file system may lag a minute.
  graceSeconds: 120,
};
