import { expect, test } from 'vitest';
import { objectsIn } from '../../src/doctor/schedulers/pbspro-attributes.ts';
import { captured, checksOf, factsOf, siteOf } from './facts.ts';

const JOB =
  '{"timestamp":1,"pbs_version":"22.05.11","pbs_server":"pbs1","Jobs":{"7.pbs1":{"job_state":"F","Exit_status":0}}}';
const UP = {
  'qstat --version': 'pbs_version = 2022.1.6.20231218041105\n',
  'qstat -Bf': captured('pbspro-server.txt'),
  'qstat -Qf': captured('pbspro-queues.txt'),
  'json /opt/pbs/bin/qstat': JOB,
  'jobs /opt/pbs/bin/qstat': `
pbs1: 
                                                            Req'd  Req'd   Elap
Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time
--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----
12.pbs1         alice    rt_HF    mt-a-cpt-1  71112   4   4 1920gb 24:00 R 01:10
13.pbs1         alice    rt_HF    mt-a-cpt-2    --    4   4 1920gb 24:00 H   -- 
`,
};
const site = siteOf('abci3', 'martlet: 1\naccount: grp-a\nlogin: abci\n');

test('a value that PBS has broken over two lines is one value again', () => {
  const queues = new Map(objectsIn(captured('pbspro-queues.txt')));
  expect([...queues.keys()]).toEqual(['default', 'rt_HF', 'rt_HG', 'R1234']);
  expect(queues.get('default')?.get('state_count')).toBe(
    'Transit:0 Queued:0 Held:0 Waiting:0 Running:0 Exiting:0 Begun:0',
  );
});

test('queues are held against the resource types, one that is missing or stopped is told', () => {
  const checks = checksOf(site, factsOf(UP));
  expect(checks['rt_HF: queue']?.verdict).toBe('ok');
  expect(checks['rt_HF: admission']).toBeUndefined();
  expect(checks['rt_HF: walltime']).toMatchObject({ verdict: 'differs', claimed: '168h', found: '120h' });
  expect(checks['rt_HF: nodes']).toMatchObject({ verdict: 'differs', claimed: '128', found: '64' });
  expect(checks['rt_HG: queue']).toMatchObject({ verdict: 'differs', found: 'not started: jobs wait in it' });
  expect(checks['rt_HG: walltime']?.verdict).toBe('ok');
  expect(checks['rt_HC: queue']?.found).toBe('none of this name; there are default, rt_HF, rt_HG, R1234');
});

test('a queue with a list of groups lets in only those', () => {
  const text = UP['qstat -Qf'].replace('acl_groups = grp-a,grp-b', 'acl_groups = grp-b,grp-c');
  expect(checksOf(site, factsOf({ ...UP, 'qstat -Qf': text }))['rt_HF: admission']?.verdict).toBe('differs');
});

test('the limits of the server bound those of the profile; a limit of somebody else does not', () => {
  const checks = checksOf(site, factsOf(UP));
  expect(checks['limits.jobs_unfinished']).toMatchObject({ verdict: 'differs', claimed: '1000', found: '500' });
  expect(checks['limits.jobs_running']?.verdict).toBe('ok');
  expect(checks['limits.array_tasks']).toMatchObject({ verdict: 'differs', claimed: '75000', found: '10000' });
  expect(checks.history).toMatchObject({ verdict: 'differs', claimed: 'kept for 240h', found: 'kept for 96h' });
});

test('without job history an ended job is gone at once', () => {
  const off = UP['qstat -Bf'].replace('job_history_enable = True', 'job_history_enable = False');
  expect(checksOf(site, factsOf({ ...UP, 'qstat -Bf': off })).history?.verdict).toBe('differs');
});

test('the version, the JSON of an ended job and the jobs in the queue are read', () => {
  const checks = checksOf(site, factsOf(UP));
  expect(checks.version?.verdict).toBe('ok');
  expect(checks['job history']).toMatchObject({ verdict: 'ok', found: '7.pbs1 is F' });
  expect(checks['your unfinished jobs']?.found).toBe('2, 1 of them running');
  const none = checksOf(site, factsOf({ ...UP, 'json /opt/pbs/bin/qstat': '' }));
  expect(none['job history']?.verdict).toBe('unknown');
  // 22.05 prints bare words of a job's variables.
  const garbled = checksOf(site, factsOf({ ...UP, 'json /opt/pbs/bin/qstat': JOB.replace('"F"', 'nan') }));
  expect(garbled['job history']).toMatchObject({ verdict: 'ok', found: 'JSON that cannot be read' });
});

test('a server that is down is trouble', () => {
  const said = 'Connection refused\nqstat: cannot connect to server pbs1 (errno=15010)\n';
  const { server } = checksOf(site, factsOf({ ...UP, 'qstat -Bf': { code: 255, err: said } }));
  expect(server).toMatchObject({ verdict: 'trouble', found: 'Connection refused' });
});

test('a reservation is a queue of its own', () => {
  const overlay = 'martlet: 1\naccount: grp-a\nlogin: abci\nreservation: ';
  const found = (id: string) =>
    checksOf(siteOf('abci3', `${overlay}${id}\n`, { reservation: id }), factsOf(UP)).reservation;
  expect(found('R1234')).toMatchObject({ verdict: 'ok', found: 'not started: jobs wait in it' });
  expect(found('R99')?.verdict).toBe('differs');
});

test("another scheduler's qstat is not taken for PBS", () => {
  expect(checksOf(site, factsOf({ ...UP, 'qstat --version': 'GE 8.1.9\n' })).version?.verdict).toBe('unknown');
});
