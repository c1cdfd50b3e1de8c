import { clock } from '../model/units.ts';
import { pathWord } from '../shell/path.ts';
import { lit, lits } from '../shell/word.ts';
import type { Dialect, JobRequest } from './dialect.ts';
import type { Row } from './directive.ts';
import { accountRow, ENVIRONMENT_LIST, environmentList, fixed, named, outputPath, sheet, valued } from './directive.ts';
import { cancel, hold, readAct, readCancel, release } from './gridengine/act.ts';
import { find, readFind } from './gridengine/find.ts';
import { history, readHistory } from './gridengine/history.ts';
import { poll, pollPlain, readPoll, readPollPlain } from './gridengine/poll.ts';
import { idPattern, readSubmit } from './gridengine/submit.ts';
import { readWhy, why } from './gridengine/why.ts';
import { accountWords, firstSeen, ids, program } from './words.ts';

/** The output file is NAME.oID, and 255 bytes is the longest file name; a longer one ends in Eqw. */
const NAME_LIMIT = 230;

const limit = (seconds: number): string => (Number.isFinite(seconds) ? clock(seconds) : 'INFINITY');

const rows = (job: JobRequest): readonly Row[] => [
  // On qsub's line -clear would throw these directives away too; here it drops ~/.sge_request and the cell's defaults.
  fixed('-clear'),
  fixed('-cwd'),
  // No blank around =, or qsub says "Unknown option" (TSUBAME).
  ...valued(
    '-l ',
    `${job.request ?? job.resourceType}=${job.nodes}`,
    'resource type',
    /^[A-Za-z][A-Za-z0-9_]*=[0-9]+$/,
  ),
  fixed(`-l h_rt=${limit(job.walltimeSeconds)}`),
  ...named('-N ', job.name, NAME_LIMIT),
  fixed('-j y'),
  ...(job.accountBy === 'directive' ? accountRow(job.account, job.accountOption ?? '-A') : []),
  // A folder that is missing sends the job to Eqw (failed 26); ours is there, the walk runs in it.
  fixed(`-o ${outputPath(job.dir, dir => `${dir}/`)}`),
  ...(job.priority === undefined ? [] : [fixed(`-p ${job.priority}`)]),
  fixed('-r n'),
  ...valued('-q ', job.queue, 'queue'),
  ...valued('-v ', environmentList(job.submitEnv) || undefined, 'submit_env', ENVIRONMENT_LIST),
];

/** Grid Engine (Altair, Open Cluster Scheduler, SGE): submit(1), qstat(1), qacct(1), sge_status(5). TSUBAME 4.0 takes the group on the submit line. */
export const gridengine: Dialect = {
  id: 'gridengine',
  title: 'Grid Engine',
  manual: 'https://www.t4.cii.isct.ac.jp/docs/handbook.ja/',
  nameLimit: NAME_LIMIT,
  keeps: ['SGE_ROOT', 'SGE_CELL', 'SGE_CLUSTER_NAME', 'SGE_QMASTER_PORT', 'SGE_EXECD_PORT'],
  killGraceSeconds: 8, // qdel kills at once; only a queue with `notify` leaves some seconds
  jobIdVar: 'JOB_ID',
  jobNameVar: 'JOB_NAME',
  hosts: options => firstSeen(pathWord(options.hosts?.file ?? '$PE_HOSTFILE'), options.hosts?.column ?? 1),
  directives: job => sheet('#$', rows(job), job.siteDirectives),
  submit: (script, job, name) => [
    program('qsub', job.options.bin),
    lit('-terse'),
    ...accountWords(job, '-g'),
    ...lits('-N', name, '-ac', `token=${job.token}`),
    // There is no afterok: -hold_jid lets go after any end, so the job itself looks at its predecessor's exit file.
    ...(job.after.length
      ? [
          lit('-hold_jid'),
          ids(
            job.after.map(each => each.folder),
            ',',
          ),
        ]
      : []),
    ...job.submitArgs.map(lit),
    lit(script),
  ],
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
  // A request like any other, beside a site's resource type: a JSV makes that into a PE and leaves this alone.
  exclude: hosts => (hosts.length > 0 ? lits('-l', `h=!(${hosts.join('|')})`) : []),
  array: ({ first, last, step, most }) =>
    // Tasks are counted from 1.
    first < 1
      ? undefined
      : lits(
          ...['-t', `${first}-${last}${step === undefined || step === 1 ? '' : `:${step}`}`],
          ...(most === undefined ? [] : ['-tc', String(most)]),
        ),
  arrayIndexVar: 'SGE_TASK_ID',
  // TSUBAME frowns on frequent qstat, and its profile asks once a minute; this is for a cluster of one's own.
  pollSeconds: 15,
  // A record comes up to 15 s late (accounting_flush_time), after a restart of qmaster 30 s; files over NFS a minute.
  graceSeconds: 180,
};
