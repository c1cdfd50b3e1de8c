import { expect, test } from 'vitest';
import { hostsIn, queuesIn } from '../../src/doctor/schedulers/gridengine-queues.ts';
import { captured, checksOf, factsOf, siteOf } from './facts.ts';

const QUEUES = captured('gridengine-queues.txt');
const UP = {
  'qstat -help': 'SGE 8.1.9\nusage: qstat [options]\n',
  'qsub -help':
    'SGE 8.1.9\n   [-ac context_list]  x\n   [-clear]  x\n   [-hold_jid ids]  x\n   [-N name]  x\n   [-terse]  x\n',
  'qstat -xml': '<?xml version=\'1.0\'?>\n<job_info  xmlns:xsd="x">\n</job_info>\n',
  'qconf -sconf': 'max_aj_tasks                 75000\nmax_u_jobs                   100\n',
  'qconf -sc': captured('gridengine-complexes.txt'),
  'qconf -sq *': QUEUES,
  qhost: captured('gridengine-hosts.txt'),
  'jobs qstat': `job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID
-----------------------------------------------------------------------------------------------------------------
     41 0.55500 mt_a_cpt_1 alice        r     11/26/2026 11:00:00 all.q@gen-1                        2        
     42 0.00000 mt_a_cpt_2 alice        hqw   11/26/2026 11:00:01                                    2        
`,
  'common/accounting"': '1048576\n',
};
const site = siteOf('tsubame4', 'martlet: 1\naccount: grp-a\nlogin: t4\n');

test('the words that ask for a node are looked up among the resources of the scheduler', () => {
  const checks = checksOf(site, factsOf(UP));
  expect(checks['node_f: request']?.verdict).toBe('ok');
  expect(checks['gpu_1: request']?.verdict).toBe('ok');
  expect(checks['cpu_160: request']).toMatchObject({ verdict: 'differs', found: 'no such resource' });
  const hidden = UP['qconf -sc'].replace(/^(node_f\s+node_f\s+INT\s+<=\s+)YES/m, '$1NO ');
  expect(hidden).not.toBe(UP['qconf -sc']);
  expect(checksOf(site, factsOf({ ...UP, 'qconf -sc': hidden }))['node_f: request']?.verdict).toBe('differs');
});

test('the longest h_rt of the queues bounds the walltime, also where hosts have one of their own', () => {
  const of = (limit: string) =>
    checksOf(site, factsOf({ ...UP, 'qconf -sq *': QUEUES.replace(/^h_rt .*$/m, `h_rt                  ${limit}`) }))[
      'node_f: walltime'
    ];
  expect(of('INFINITY')?.verdict).toBe('ok');
  expect(of('24:00:00')?.verdict).toBe('ok');
  expect(of('10:00:00')).toMatchObject({ verdict: 'differs', claimed: '24h' });
  expect(of('10:00:00,[@big=24:00:00]')?.verdict).toBe('ok');
});

test('a list of a queue goes on in the next line', () => {
  expect(queuesIn(QUEUES)[0]?.get('pe_list')).toMatch(/^smp mpi .*rt_gpu_h$/);
});

test('more nodes than there are hosts differ; a host without a load is not up', () => {
  expect(checksOf(site, factsOf(UP))['node_f: nodes']).toMatchObject({ verdict: 'differs', claimed: '64' });
  expect(hostsIn(UP.qhost)).toEqual({ all: 3, up: 3 });
  const down = `${UP.qhost}gen-4                   -               -    -    -    -     -       -       -       -       -\n`;
  expect(hostsIn(down)).toEqual({ all: 4, up: 3 });
});

test('a qstat that knows -xml, though the profile says it does not, is a line to write', () => {
  expect(checksOf(site, factsOf(UP))['qstat -xml']).toMatchObject({
    verdict: 'differs',
    claimed: 'missing',
    found: 'works',
  });
  const missing = { code: 1, err: 'qstat: Unknown option -xml\n' };
  expect(checksOf(site, factsOf({ ...UP, 'qstat -xml': missing }))['qstat -xml']?.verdict).toBe('ok');
});

test('limits of the cluster configuration, options of qsub, accounting and jobs are read', () => {
  const checks = checksOf(site, factsOf(UP));
  expect(checks['limits.jobs_submitted']).toMatchObject({ verdict: 'differs', claimed: '2000', found: '100' });
  expect(checks['options of qsub']?.verdict).toBe('ok');
  expect(checks.accounting?.found).toBe('readable, 1 MiB');
  expect(checks['your unfinished jobs']?.found).toBe('2, 1 of them running');
  const silent = checksOf(site, factsOf({ ...UP, 'qsub -help': UP['qsub -help'].replace(/.*terse.*\n/, '') }));
  expect(silent['options of qsub']).toMatchObject({ verdict: 'unknown', found: 'its help does not mention -terse' });
});

test('a group that is none of yours is told, not called wrong: sites keep lists of their own', () => {
  const other = siteOf('tsubame4', 'martlet: 1\naccount: tga-other\nlogin: t4\n', {});
  expect(checksOf({ ...other, account: 'tga-other' }, factsOf(UP)).account?.verdict).toBe('unknown');
  expect(checksOf(site, factsOf(UP)).account?.verdict).toBe('ok');
});

test('a qmaster that is down is trouble', () => {
  const said = 'error: unable to send message to qmaster using port 24444 on host "vm": got send error\n';
  const checks = checksOf(site, factsOf({ ...UP, 'jobs qstat': { code: 1, err: said } }));
  expect(checks.qmaster?.verdict).toBe('trouble');
  expect(checks.qmaster?.found).toContain('unable to send message');
});
