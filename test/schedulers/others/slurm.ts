import { inSections, output } from '../kit.ts';
import type { Row } from './row.ts';

const QTOOLKIT_SUBMIT = 'Matgenix/qtoolkit tests/test_data/io/slurm/parse_submit_cmd_inout.yaml';
const QTOOLKIT_CANCEL = 'Matgenix/qtoolkit tests/test_data/io/slurm/parse_cancel_output_inout.yaml';
const QTOOLKIT_JOB = 'Matgenix/qtoolkit tests/test_data/io/slurm/parse_job_output_inout.yaml';
const GC3PIE = 'gc3pie/gc3pie gc3libs/backends/tests/test_slurm.py';
const SUBMITIT = 'facebookincubator/submitit submitit/slurm/test_slurm.py';
const HUJI = 'irush-cs/slurm-scripts t/get_jobs.t';
const ALLIANCE = 'Digital Research Alliance of Canada, documentation, error messages of sbatch';

const submit = (from: string, stdout: string, is: Row['is'], more: Partial<Row['out']> = {}): Row => ({
  ...{ from, read: 'submit', is },
  out: output(stdout, more),
});
const cancel = (from: string, code: number, stderr: string, kind: string): Row => ({
  ...{ from, read: 'cancel', is: { kind } },
  out: output('', { code, stderr }),
});
/** sacct's rows under the columns of the command they were recorded with. */
const sacct = (from: string, columns: string, rows: string, records: object, ids = ['123']): Row => ({
  ...{ from, read: 'history', ids, is: { kind: 'answered', records } },
  out: inSections({ accounting: `${columns}\n${rows}` }),
});
const GC3PIE_COLUMNS = 'JobID|ExitCode|State|NCPUS|Elapsed|TotalCPU|Submit|Start|End|MaxRSS|MaxVMSize|';
const gc3pie = (rows: string, record: object): Row => sacct(GC3PIE, GC3PIE_COLUMNS, rows, { 123: record });
const scontrol = (from: string, id: string, text: string, is: Row['is']): Row => ({
  ...{ from, read: 'why', ids: [id], is },
  out: inSections({ job: text }),
});

const accepted = (nativeId: string) => ({ kind: 'accepted', nativeId });

export const SLURM_ROWS: readonly Row[] = [
  submit(
    QTOOLKIT_SUBMIT,
    '',
    { kind: 'refused' },
    {
      code: 1,
      stderr:
        'sbatch: error: invalid partition specified: abcd\nsbatch: error: Batch job submission failed: Invalid partition name specified\n',
    },
  ),
  submit(QTOOLKIT_SUBMIT, 'Submitted batch job 24\n', accepted('24')),
  submit(QTOOLKIT_SUBMIT, 'submitted batch job 15\n', accepted('15')),
  submit(QTOOLKIT_SUBMIT, 'sbatch: Submitted batch job 24\n', { kind: 'unsure' }),
  submit(QTOOLKIT_SUBMIT, 'Granted job allocation 10\n', { kind: 'unsure' }),
  submit(QTOOLKIT_SUBMIT, 'salloc: granted job allocation 124\n', { kind: 'unsure' }),
  submit(SUBMITIT, 'Submitted batch job 5610208\n', accepted('5610208')),
  submit(SUBMITIT, 'blublu', { kind: 'unsure' }),
  submit(
    GC3PIE,
    '',
    { kind: 'refused' },
    {
      code: 1,
      stderr: 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
    },
  ),
  submit(
    ALLIANCE,
    '',
    { kind: 'unsure' },
    {
      code: 1,
      stderr: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation',
    },
  ),
  cancel(QTOOLKIT_CANCEL, 0, 'scancel: Terminating job 267\n', 'done'),
  cancel(QTOOLKIT_CANCEL, 1, 'scancel: error: No job identification provided\n', 'trouble'),
  cancel(QTOOLKIT_CANCEL, 210, 'scancel: error: Kill job error on job id 1: Access/permission denied\n', 'refused'),
  cancel(QTOOLKIT_CANCEL, 1, 'scancel: error: Invalid job id a\n', 'trouble'),
  cancel(
    QTOOLKIT_CANCEL,
    0,
    'scancel: Terminating job 269\nscancel: error: Kill job error on job id 269: Job/step already completing or completed\n',
    'refused',
  ),
  cancel(
    QTOOLKIT_CANCEL,
    0,
    'scancel: Terminating job 2675\nscancel: error: Kill job error on job id 2675: Invalid job id specified\n',
    'refused',
  ),
  cancel(GC3PIE, 1, 'scancel: error: Kill job error on job id 123: Invalid job id specified', 'refused'),
  cancel(GC3PIE, 0, 'scancel: error: Kill job error on job id 123: Access/permission denied\n', 'refused'),
  gc3pie(
    `123|0:0|COMPLETED|1|00:08:07|05:05.002|2016-02-16T12:16:33|2016-02-16T14:24:46|2016-02-16T14:32:53|||
123.batch|0:0|COMPLETED|1|00:08:07|05:05.002|2016-02-16T14:24:46|2016-02-16T14:24:46|2016-02-16T14:32:53|1612088K|7889776K|`,
    { raw: 'COMPLETED 0:0' },
  ),
  gc3pie(
    `123|0:0|CANCELLED by 1000|4|00:00:05|00:00:00|2014-12-11T17:13:39|2014-12-11T17:13:39|2014-12-11T17:13:44|||
123.batch|0:15|CANCELLED|1|00:00:05|00:00:00|2014-12-11T17:13:39|2014-12-11T17:13:39|2014-12-11T17:13:44|0|0|`,
    { raw: 'CANCELLED by 1000 0:0', failure: 'CANCELLED by 1000: it was cancelled by user 1000' },
  ),
  gc3pie(
    `123|1:0|NODE_FAIL|8|01:21:47|00:00:00|2016-09-23T18:44:37|2016-09-23T18:44:37|2016-09-23T20:06:24|||
123.0|-2:0|CANCELLED by 1000|8|01:21:47|00:00:00|2016-09-23T18:44:37|2016-09-23T18:44:37|2016-09-23T20:06:24|||`,
    { raw: 'NODE_FAIL 1:0', failure: 'NODE_FAIL: a node of it failed' },
  ),
  gc3pie(
    `123|1:0|FAILED|14|00:00:01|00:00:00|2016-10-14T16:14:49|2016-10-14T16:14:49|2016-10-14T16:14:50|||
123.batch|1:0|FAILED|14|00:00:01|00:00:00|2016-10-14T16:14:49|2016-10-14T16:14:49|2016-10-14T16:14:50|||`,
    { raw: 'FAILED 1:0', failure: 'FAILED: it ended with exit code 1' },
  ),
  gc3pie(
    `123|0:1|TIMEOUT|4|00:01:11|00:00:00|2014-12-11T17:10:23|2014-12-11T17:10:23|2014-12-11T17:11:34|||
123.batch|0:15|CANCELLED|1|00:01:11|00:00:00|2014-12-11T17:10:23|2014-12-11T17:10:23|2014-12-11T17:11:34|0|0|`,
    { raw: 'TIMEOUT 0:1', failure: 'TIMEOUT: it reached its time limit' },
  ),
  gc3pie(
    `123|0:0|COMPLETED|64|00:00:23|00:01.452|4 Sep 11:18|4 Sep 11:18|4 Sep 11:18|||
123.batch|0:0|COMPLETED|1|00:00:23|00:01.452|4 Sep 11:18|4 Sep 11:18|4 Sep 11:18|7884K|49184K|`,
    { raw: 'COMPLETED 0:0' },
  ),
  // All steps have ended, the job has not.
  gc3pie(
    `123|0:0|RUNNING|16|00:00:08|00:00.168|2016-03-31T09:33:25|2016-03-31T09:33:25|Unknown|||
123.batch|0:0|COMPLETED|1|00:00:08|00:00.168|2016-03-31T09:33:25|2016-03-31T09:33:25|2016-03-31T09:33:33|22212K|67032K|`,
    { raw: 'RUNNING 0:0', open: true },
  ),
  gc3pie(
    `123|0:0|COMPLETED|16|00:07:29|58:10.420|2013-08-30T23:16:22|2013-08-30T23:16:22|2013-08-30T23:23:51|||
123.batch|0:0|COMPLETED|1|00:07:29|00:02.713|2013-08-30T23:16:22|2013-08-30T23:16:22|2013-08-30T23:23:51|62088K|4115516K|
123.0|0:0|COMPLETED|1|00:06:56|05:44.992|2013-08-30T23:16:30|2013-08-30T23:16:30|2013-08-30T23:23:26|73784K|401040K|`,
    { raw: 'COMPLETED 0:0' },
  ),
  {
    ...{ from: GC3PIE, read: 'history', ids: ['123'], is: { kind: 'trouble' } },
    // slurmdbd is not the only one that can be silent: here the queue was not asked either.
    out: inSections({ accounting: ['SLURM accounting storage is disabled', 1] }),
  },
  {
    ...{ from: GC3PIE, read: 'history', ids: ['123'], is: { kind: 'answered', records: {} } },
    out: inSections({
      accounting: ['SLURM accounting storage is disabled', 1],
      queue: 'ARRAY_JOB_ID|STATE|EXIT_CODE|REASON',
    }),
  },
  sacct(
    SUBMITIT,
    'JobID|State',
    `5610980|RUNNING
5610980.ext+|RUNNING
5610980.0|RUNING
20956421_0|RUNNING
20956421_[2-4%25]|PENDING`,
    { 5610980: { raw: 'RUNNING', open: true }, 20956421: { raw: 'PENDING, RUNNING', open: true } },
    ['5610980', '20956421'],
  ),
  scontrol(
    QTOOLKIT_JOB,
    '270',
    'JobId=270 JobName=submit.script UserId=matgenix-dwa(1001) GroupId=matgenix-dwa(1002) MCS_label=N/A Priority=4294901497 Nice=0 Account=(null) QOS=normal JobState=COMPLETED Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0',
    { kind: 'unknown', said: 'COMPLETED' },
  ),
  scontrol(
    HUJI,
    '1',
    `JobId=1 JobName=name1
   UserId=user1(100) GroupId=group1(200) MCS_label=N/A
   Priority=105969 Nice=0 Account=account1 QOS=normal
   JobState=RUNNING Reason=None Dependency=(null)
   Requeue=0 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0`,
    { kind: 'unknown', said: 'RUNNING' },
  ),
  scontrol(
    'SDU-eScience/Type3-Docs src/batch/monitor.rst',
    '71701',
    `JobId=71701 Name=hostname
         UserId=da(1000) GroupId=da(1000)
         Priority=66264 Account=none QOS=normal WCKey=*123
         JobState=COMPLETED Reason=None Dependency=(null)
         TimeLimit=UNLIMITED Requeue=1 Restarts=0 BatchFlag=0 ExitCode=0:0`,
    { kind: 'unknown', said: 'COMPLETED' },
  ),
];
