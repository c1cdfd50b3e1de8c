import { EMPTY_QUEUE, inSections, output } from '../kit.ts';
import type { Row } from './row.ts';

const AIIDA = 'aiidateam/aiida-core tests/schedulers/test_sge.py';
const QTOOLKIT_SUBMIT = 'Matgenix/qtoolkit tests/test_data/io/sge/parse_submit_output_inout.yaml';
const QTOOLKIT_CANCEL = 'Matgenix/qtoolkit tests/test_data/io/sge/parse_cancel_output_inout.yaml';
const GC3PIE = 'gc3pie/gc3pie gc3libs/backends/tests/test_sge.py';
const NEXTFLOW = 'nextflow-io/nextflow modules/nextflow/src/test/groovy/nextflow/executor/SgeExecutorTest.groovy';
const OOD = 'OSC/ood_core spec/job/adapters/sge/output_examples';
const LUIGI = 'spotify/luigi test/contrib/sge_test.py';
const ALCES = 'Alces Flight Compute, documentation, Open Grid Scheduler';
const ONAGER = 'camall3n/onager README.md';
const WYNTON = 'UCSF Wynton HPC, documentation of job accounting';
const BU = 'Boston University SCC, documentation, example of qacct';

const submit = (from: string, stdout: string, is: Row['is'], more: Partial<Row['out']> = {}): Row => ({
  ...{ from, read: 'submit', is },
  out: output(stdout, more),
});
const cancel = (from: string, code: number, more: Partial<Row['out']>, kind: string): Row => ({
  ...{ from, read: 'cancel', is: { kind } },
  out: output('', { code, ...more }),
});
const seen = (words: Readonly<Record<string, string>>) => ({
  kind: 'answered',
  jobs: Object.fromEntries(Object.entries(words).map(([id, word]) => [id, { seen: word }])),
});
const queue = (from: string, text: string, words: Readonly<Record<string, string>>): Row => ({
  ...{ from, read: 'poll', ids: Object.keys(words), is: seen(words) },
  out: inSections({ queue: text }),
});
const garbled = (from: string, text: string): Row => ({
  ...{ from, read: 'poll', ids: ['1'], is: { kind: 'garbled' } },
  out: inSections({ queue: text }),
});
const qacct = (from: string, id: string, text: string | readonly [string, number], records: object): Row => ({
  ...{ from, read: 'history', ids: [id], is: { kind: 'answered', records } },
  out: inSections({ ...EMPTY_QUEUE, [id]: text }),
});

const accepted = (nativeId: string) => ({ kind: 'accepted', nativeId });
const HEAD =
  'job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID';
const UNIVA =
  'job-ID     prior   name       user         state submit/start at     queue                          jclass                         slots ja-task-ID';

export const GRIDENGINE_ROWS: readonly Row[] = [
  submit(AIIDA, ' 1176936', accepted('1176936')),
  submit(AIIDA, '', { kind: 'unsure' }, { code: 1 }),
  submit(QTOOLKIT_SUBMIT, 'Your job 24 ("submit.script") has been submitted\n', accepted('24')),
  submit(
    QTOOLKIT_SUBMIT,
    '',
    { kind: 'unsure' },
    { code: 1, stderr: 'qsub: error: invalid queue specified: abcd\nqsub: error: Batch job submission failed\n' },
  ),
  submit(GC3PIE, 'Your job 123 ("DemoPBSApp") has been submitted\n', accepted('123')),
  submit(
    GC3PIE,
    '',
    { kind: 'refused' },
    {
      code: 1,
      stderr:
        'Unable to run job: denied: "123DemoPBSApp" is not a valid object name (cannot start with a digit).\nExiting.\n',
    },
  ),
  submit(
    NEXTFLOW,
    '\n            blah blah ..\n            .. blah blah\n            6472\n            ',
    accepted('6472'),
  ),
  submit(NEXTFLOW, '\nYour job 1258076 ("nf-formatBlast_2") has been submitted\n', accepted('1258076')),
  submit(NEXTFLOW, 'Your job 341683 ("STDIN") has been submitted', accepted('341683')),
  cancel(QTOOLKIT_CANCEL, 0, { stderr: 'qdel: job 267 deleted\n' }, 'done'),
  cancel(QTOOLKIT_CANCEL, 1, { stderr: 'qdel: No job id specified\n' }, 'trouble'),
  cancel(GC3PIE, 0, { stdout: 'antonio has registered the job 123 for deletion' }, 'done'),
  cancel(GC3PIE, 1, { stderr: 'denied: job "123" does not exist' }, 'refused'),
  cancel(
    GC3PIE,
    1,
    { stderr: 'antonio - you do not have the necessary privileges to delete the job "123"\n' },
    'refused',
  ),
  cancel(ALCES, 0, { stdout: 'alces has registered the job 8 for deletion\n' }, 'done'),
  queue(
    GC3PIE,
    '  123 0.00000 DemoPBSApp antonio      qw    03/15/2012 08:53:34                                    1\n',
    { 123: 'queued' },
  ),
  queue(
    GC3PIE,
    '  123 0.55500 DemoPBSApp antonio      r     03/15/2012 08:53:42 all.q@compute-0-2.local            1\n',
    { 123: 'running' },
  ),
  queue(
    ALCES,
    `${HEAD}\n     8 11.02734 simplejobs alces        r     05/15/2016 09:43:49 byslot.q@ip-10-75-0-199.eu-wes     1       \n`,
    { 8: 'running' },
  ),
  queue(
    ONAGER,
    `${HEAD}
2323537 0.50500 test-eqw   csal         r     06/12/2020 00:31:27 short.q@mblade1309.cs.brown.ed     1 327
2323537 0.50500 test-eqw   csal         r     06/12/2020 00:31:27 short.q@mblade1309.cs.brown.ed     1 328`,
    { 2323537: 'running' },
  ),
  queue(
    LUIGI,
    `${HEAD}
-----------------------------------------------------------------------------------------------------------------
     1 0.55500 job1 root         r     07/09/2015 16:56:45 all.q@node001                      1
     2 0.55500 job2 root         qw    07/09/2015 16:56:42                                    1`,
    { 1: 'running', 2: 'queued' },
  ),
  queue(
    NEXTFLOW,
    `${HEAD}
-----------------------------------------------------------------------------------------------------------------
7548318 0.00050 nf-exonera pditommaso   r     02/10/2014 12:30:51 long@node-hp0214.linux.crg.es      1
7548349 0.00050 nf-exonera pditommaso   hqw   02/10/2014 12:32:56 long@node-hp0303.linux.crg.es      1
7548904 0.00050 nf-exonera pditommaso   qw    02/10/2014 13:07:09                                    1
7548960 0.00050 nf-exonera pditommaso   Eqw   02/10/2014 13:08:11                                    1
47261  11.00790 nf-alignRe bschuster    hr    04/07/2020 23:27:15 byslot.q@node06.pri.cortex2.al     4  `,
    { 7548318: 'running', 7548349: 'held', 7548904: 'queued', 7548960: 'stuck', 47261: 'running' },
  ),
  queue(
    NEXTFLOW,
    `${UNIVA}
------------------------------------------------------------------------------------------------------------------------------------------------
      1219 1.00000 oliver-tes abria        t     08/29/2014 10:17:21 long@node-hp0115.linux.crg.es                                     4
      1220 1.00000 oliver-tes abria        r     08/29/2014 10:17:21 long@node-hp0115.linux.crg.es                                     8
      1261 0.17254 run_mappin epalumbo     qw    08/29/2014 11:28:11 short@node-ib0208bi.linux.crg.                                    4
      1262 0.17254 run_mappin epalumbo     Eqw   08/29/2014 11:28:31 short@node-ib0209bi.linux.crg.                                    4
      1263 0.17254 run_mappin epalumbo     Tr    08/29/2014 11:28:31 short@node-ib0209bi.linux.crg.                                    4
      24261953 0.00005 nf-collect benjamin     T     03/18/2020 11:13:25 short.qc@compc038.hpc.in.bmrc.                                    1 
      1265 0.17254 run_mappin epalumbo     S     08/29/2014 11:28:31 short@node-ib0209bi.linux.crg.                                    4
      1270 0.15000 run_testin bschuster    hqw   08/29/2018 12:15:01 short@node-ib0208bi.linux.crg.                                    1`,
    {
      ...{ 1219: 'starting', 1220: 'running', 1261: 'queued', 1262: 'stuck', 1263: 'suspended' },
      ...{ 24261953: 'suspended', 1265: 'suspended', 1270: 'held' },
    },
  ),
  // Letters alone, as Univa prints them now and then; two of them are nobody's.
  queue(
    NEXTFLOW,
    `${UNIVA}
      1266 0.17254 run_mappin epalumbo     N     08/29/2014 11:28:31 short@node-ib0209bi.linux.crg.                                    4
      1267 0.17254 run_mappin epalumbo     h     08/29/2014 11:28:11 short@node-ib0208bi.linux.crg.                                    4
      1268 0.15000 run_testin bschuster    P     08/29/2018 12:15:00 short@node-ib0208bi.linux.crg.                                    1
      1269 0.15000 run_testin bschuster    s     08/29/2018 12:15:00 short@node-ib0208bi.linux.crg.                                    1
      1271 0.15000 run_testin bschuster    E     08/29/2018 12:15:02 short@node-ib0208bi.linux.crg.                                    1
      1272 0.15000 run_testin bschuster    w     08/29/2018 12:15:02 short@node-ib0208bi.linux.crg.                                    1`,
    {
      ...{ 1266: 'unknown', 1267: 'held', 1268: 'unknown' },
      ...{ 1269: 'suspended', 1271: 'stuck', 1272: 'queued' },
    },
  ),
  queue(
    AIIDA,
    `<?xml version='1.0'?>
<job_info  xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <queue_info>
    <job_list state="running">
      <JB_job_number>1212299</JB_job_number>
      <JAT_prio>10.05000</JAT_prio>
      <JB_name>Heusler</JB_name>
      <state>r</state>
      <queue_name>serial.q@node080</queue_name>
    </job_list>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>1212263</JB_job_number>
      <JAT_prio>0.16272</JAT_prio>
      <state>qw</state>
      <queue_name></queue_name>
    </job_list>
    <job_list state="pending">
      <JB_job_number>1212322</JB_job_number>
      <JAT_prio>0.00000</JAT_prio>
      <state>hqw</state>
    </job_list>
  </job_info>
</job_info>`,
    { 1212299: 'running', 1212263: 'queued', 1212322: 'held' },
  ),
  garbled(
    AIIDA,
    `<?xml version='1.0'?>
<job_info  xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <queue_info>
  </queue_info>
  <job_info>
    <job_list state="running">
      <JB_job_number></JB_job_number>
      <JB_owner>dorigm7s</JB_owner>
      <state>qw</state>
    </job_list>
  </job_info>
</job_info>`,
  ),
  queue(
    `${OOD}/qstat.xml`,
    `<?xml version='1.0'?>
<job_info  xmlns:xsd="http://gridengine.sunsource.net/source/browse/*checkout*/gridengine/source/dist/util/resources/schemas/qstat/qs
tat.xsd?revision=1.11">
  <queue_info>
    <Queue-List>
      <name>general.q@worker</name>
      <resource name="load_avg" type="hl">0.010000</resource>
      <job_list state="running">
        <JB_job_number>88</JB_job_number>
        <JB_name>job_15</JB_name>
        <state>r</state>
        <full_job_name>job_15</full_job_name>
      </job_list>
    </Queue-List>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>1045</JB_job_number>
      <state>qw</state>
    </job_list>
    <job_list state="pending">
      <JB_job_number>44</JB_job_number>
      <state>hqw</state>
    </job_list>
  </job_info>
</job_info>`,
    { 88: 'running', 1045: 'queued', 44: 'held' },
  ),
  garbled(
    `${OOD}/qstat_jr_missing.xml`,
    `<?xml version='1.0'?>
<unknown_jobs  xmlns:xsd="http://gridengine.sunsource.net/source/browse/*checkout*/gridengine/source/dist/util/resources/schemas/qstat/qstat.xsd?revision=1.11">
  <>
    <ST_name>1</ST_name>
  </>
</unknown_jobs>`,
  ),
  qacct(
    `${OOD}/qacct.txt`,
    '1072',
    `qname        general.q
hostname     worker
jobname      job_7
jobnumber    1072
taskid       undefined
failed       100 : assumedly after job
exit_status  137
ru_wallclock 361`,
    { 1072: { failure: 'failed 100: signal 9 (SIGKILL) ended it' } },
  ),
  qacct(
    GC3PIE,
    '123',
    `
==============================================================
qname        all.q
hostname     compute-0-2.local
jobname      DemoPBSApp
jobnumber    123
taskid       undefined
granted_pe   NONE
failed       0
exit_status  0
ru_wallclock 10`,
    { 123: { raw: 'failed 0, exit_status 0' } },
  ),
  qacct(GC3PIE, '123', ['error: job id 123 not found', 1], {}),
  qacct(
    WYNTON,
    '191442',
    `==============================================================
qname        long.q
hostname     qb3-id95
owner        alice
jobname      run.sge
jobnumber    191442
taskid       undefined
granted_pe   smp
slots        10
failed       37  : qmaster enforced h_rt, h_cpu, or h_vmem limit
exit_status  137                  (Killed)
ru_wallclock 3600s`,
    { 191442: { failure: 'failed 37: it reached its time limit (h_rt), or one on CPU time or memory' } },
  ),
  qacct(
    BU,
    '8',
    `==============================================================
jobnumber    8
qsub_time    Fri Jan 24 08:40:07 2025
start_time   Fri Jan 24 08:41:42 2025
end_time     Fri Jan 24 20:41:43 2025
granted_pe   omp16               
slots        16                  
failed       100 : assumedly after job
exit_status  137                 
ru_wallclock 43201    <-- LOOK AT WALLCLOCK (seconds)    `,
    { 8: { failure: 'failed 100: signal 9 (SIGKILL) ended it' } },
  ),
];
