import { output } from '../kit.ts';
import type { Row } from './row.ts';

const QTOOLKIT = 'Matgenix/qtoolkit tests/test_data/io/pbs';
const AIIDA = 'aiidateam/aiida-core tests/schedulers/fixtures';
const NEXTFLOW = 'nextflow-io/nextflow modules/nextflow/src/test/groovy/nextflow/executor/PbsProExecutorTest.groovy';
const PSIJ = 'ExaWorks/psij-python docs/development/tutorial_add_executor';
const METACENTRUM = 'MetaCentrum, documentation, finished jobs';
const CIRRUS = 'EPCCed/cirrus-docs running jobs with PBS';

const cancel = (code: number, stderr: string, kind: string): Row => ({
  ...{ from: `${QTOOLKIT}/parse_cancel_output_inout.yaml`, read: 'cancel', is: { kind } },
  out: output('', { code, stderr }),
});
const submit = (from: string, stdout: string, is: Row['is'], more: Partial<Row['out']> = {}): Row => ({
  ...{ from, read: 'submit', is },
  out: output(stdout, more),
});
const text = (from: string, stdout: string, jobs: Readonly<Record<string, object>>): Row => ({
  ...{ from, read: 'pollPlain', ids: Object.keys(jobs), is: { kind: 'answered', jobs } },
  out: output(stdout),
});

/** A job of PBS in Canberra, whose values are broken inside words by a line end and a tab. */
const SCRIPT_SH = `    Job_Name = script.sh
    Job_Owner = user@mycluster.cluster
    job_state = Q
    queue = normal-exec
    Hold_Types = n
    Rerunable = False
    Resource_List.select = 1:ncpus=1:mpiprocs=1:mem=524288000:job_tags=normal:j
\tobfs=104857600
    substate = 10
`;

export const PBSPRO_ROWS: readonly Row[] = [
  submit(`${QTOOLKIT}/parse_submit_output_inout.yaml`, '24\n', { kind: 'accepted', nativeId: '24' }),
  // Recorded with code 1, where PBS itself says 170: not what is listed, so it is looked up.
  submit(
    `${QTOOLKIT}/parse_submit_output_inout.yaml`,
    '',
    { kind: 'unsure' },
    { code: 1, stderr: 'qsub: Unknown queue\n' },
  ),
  submit(
    CIRRUS,
    '',
    { kind: 'refused' },
    { code: 188, stderr: 'qsub: Job violates queue and/or server resource limits\n' },
  ),
  cancel(0, '', 'done'),
  cancel(1, 'usage:\n    qdel [-W force|suppress_email=X] [-x] job_identifier...\n    qdel --version\n', 'trouble'),
  cancel(210, 'qdel: Unauthorized Request  210\n', 'refused'),
  cancel(1, 'qdel: illegally formed job identifier: a\n', 'trouble'),
  cancel(1, 'qdel: Job has finished 8\n', 'refused'),
  cancel(1, 'qdel: Unknown Job Id 120\n', 'refused'),
  text(
    `${QTOOLKIT}/parse_job_output_inout.yaml`,
    `Job Id: 14
    Job_Name = myscript_1
    Job_Owner = testu@f41a0fbae027
    resources_used.walltime = 00:00:00
    job_state = R
    queue = workq
    Hold_Types = n
    substate = 42
    comment = Job run at Sun Dec 29 at 20:13 on (f41a0fbae027:ncpus=1)
    run_count = 1
    project = _pbs_project_default
`,
    { 14: { seen: 'running', raw: 'R 42', restarts: 0 } },
  ),
  text(`${AIIDA}/qstat-queued.txt`, `Job Id: 171390152.mycluster\n${SCRIPT_SH}`, {
    '171390152.mycluster': { seen: 'queued', raw: 'Q 10' },
  }),
  text(
    `${AIIDA}/qstat-multiline-func.txt`,
    `Job Id: 171389798.mycluster
${SCRIPT_SH}    Variable_List = PBS_O_HOME=/,
\tPBS_O_PATH=/path/to/scripts:/path/to/scripts/
\tbin:/path/to/scripts/bin,MY_VARIABLE=1,MY_VARIABLE_2=2,
\tBASH_FUNC_my_func_multiline%%=() {  if true; then
 echo foo; else
 ech
\to bar; fi
},_=/opt/pbs/default/bin/qsub,
\tPBS_O_QUEUE=normal
    etime = Wed Jun 17 04:50:46 2026
`,
    { '171389798.mycluster': { seen: 'queued', raw: 'Q 10' } },
  ),
  text(
    `${AIIDA}/qstat-running.txt`,
    `Job Id: 171390152.mycluster
    job_state = R
    exec_host = mycluster-cpu-0686/24
    substate = 42
    comment = Job run at Wed Jun 17 at 04:57 on (mycluster-cpu-0686:ncpus=1:mem=
\t512000kb:jobfs=102400kb)
    run_count = 1
`,
    { '171390152.mycluster': { seen: 'running', raw: 'R 42', restarts: 0 } },
  ),
  text(
    NEXTFLOW,
    `Job Id: 12.localhost
    job_state = F
Job Id: 13.localhost
    job_state = R
Job Id: 14.localhost
    job_state = Q
Job Id: 15.localhost
    job_state = S
Job Id: 16.localhost
    job_state = E
Job Id: 17.localhost
    job_state = H
`,
    {
      '12.localhost': { seen: 'ended' },
      '13.localhost': { seen: 'running' },
      '14.localhost': { seen: 'queued' },
      '15.localhost': { seen: 'suspended' },
      '16.localhost': { seen: 'ending' },
      '17.localhost': { seen: 'held' },
    },
  ),
  // With a comma too many, as the page has it.
  {
    ...{ from: PSIJ, read: 'poll', ids: ['2154.edtb-01.mcp.alcf.anl.gov'], is: { kind: 'garbled' } },
    out: output(`{
    "pbs_version":"2022.0.0.20211103141832",
    "Jobs":{
        "2154.edtb-01.mcp.alcf.anl.gov":{
            "job_state":"F",
            "comment":"Job run at Mon Jan 24 at 08:39 on (edtb-01[0]:ncpus=1) and finished",
            "Exit_status":0,
        }
    }
 }`),
  },
  {
    ...{ from: METACENTRUM, read: 'history', ids: ['13030457.pbs-m1.metacentrum.cz'] },
    out: output('Job Id: 13030457.pbs-m1.metacentrum.cz\n    job_state = F\n    Exit_status = -29\n'),
    is: {
      kind: 'answered',
      records: { '13030457.pbs-m1.metacentrum.cz': { failure: 'Exit_status -29: it reached its walltime' } },
    },
  },
  {
    ...{ from: METACENTRUM, read: 'history', ids: ['13031539.meta-pbs.metacentrum.cz'] },
    out: output('Job Id: 13031539.meta-pbs.metacentrum.cz\n    job_state = F\n    Exit_status = 271\n'),
    is: {
      kind: 'answered',
      records: { '13031539.meta-pbs.metacentrum.cz': { failure: 'Exit_status 271: signal 15 (SIGTERM) ended it' } },
    },
  },
];
