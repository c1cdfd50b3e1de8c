import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { has } from '../helpers/bash.ts';
import { jobFolder } from '../helpers/job-folder.ts';
import { templatesFolder } from '../helpers/templates.ts';

/** Functions of 60-nodes.sh in a bash of their own. */
const ask = (line: string, env: Record<string, string> = {}): string => {
  const text = `set -u; fail() { echo "fail $1 $3"; exit "$1"; }; LAUNCH=\${LAUNCH:-1}; . '${join(templatesFolder, 'job/60-nodes.sh')}'; ${line}`;
  const done = spawnSync('bash', ['--norc', '-c', text], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...env },
  });
  expect(done.stderr).toBe('');
  return done.stdout.trimEnd();
};

describe('the port comes from the job, so that nobody has to agree on one', () => {
  const NUMBERS: readonly (readonly [string, string, number])[] = [
    ['PBS', '123456.pbs1', 123456],
    ['a task of a PBS array', '1234[7].pbs1', 1241],
    ['a PBS array itself', '1234[].pbs1', 1234],
    ['Grid Engine', '12345', 12345],
    ['a task of Grid Engine, as its logs name it', '12345.3', 12348],
    ['a task of Slurm, as squeue names it', '77_5', 82],
    ['a component of a het job', '77+1', 78],
    ['an id above 2^31', '99999999999', 999999999],
    ['an id with leading zeros', '0089', 89],
    ['an id with a letter before it', 'job42', 42],
  ];
  test.each(NUMBERS)('%s: %s', (_, id, number) => {
    expect(ask('job_number', { MARTLET_JOB_ID: id })).toBe(String(number));
    expect(ask('is_taken() { false; }; master_port', { MARTLET_JOB_ID: id })).toBe(String(10000 + (number % 50000)));
  });

  test('tasks of a Grid Engine array have one JOB_ID and ports of their own; no array has the task "undefined"', () => {
    expect(ask('job_number', { MARTLET_JOB_ID: '500', SGE_TASK_ID: '4' })).toBe('504');
    expect(ask('job_number', { MARTLET_JOB_ID: '500', SGE_TASK_ID: 'undefined' })).toBe('500');
  });

  test('a restart and a port that is taken go one further, and behind 59999 comes 10000', () => {
    expect(ask('is_taken() { false; }; LAUNCH=3; master_port', { MARTLET_JOB_ID: '49998' })).toBe('10000');
    expect(ask('is_taken() { (($1 >= 59998)); }; master_port', { MARTLET_JOB_ID: '49998' })).toBe('10000');
  });

  test('taken is a port that somebody listens on, seen in /proc', async () => {
    const server = createServer();
    const port = await new Promise<number>(resolve =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    expect(ask(`is_taken ${port} && echo yes`)).toBe('yes');
    await new Promise(resolve => server.close(resolve));
    expect(ask(`is_taken ${port} || echo no`)).toBe('no');
  });
});

describe('the meeting point', () => {
  test.skipIf(!has('ip'))('is the IPv4 address of the interface the profile names', () => {
    expect(ask('MARTLET_MASTER=interface:lo; find_master; echo "$MASTER_ADDR"')).toBe('127.0.0.1');
    expect(ask('MARTLET_MASTER=first-host; MARTLET_HOSTS="ip-1 ip-2"; find_master; echo "$MASTER_ADDR"')).toBe('ip-1');
  });

  test.skipIf(!has('ip'))('that is not there is named, with the interfaces there are', () => {
    expect(ask('MARTLET_MASTER=interface:bond0; find_master')).toMatch(
      /^fail 85 no address on \S+ where the ranks could meet: there is no interface bond0; this node has: lo \(127\.0\.0\.1\/8\)/,
    );
  });

  test('without an address, and without the command to ask, says so', () => {
    const noAddress =
      'command() { :; }; ip() { if [ "$2" = link ]; then echo there; fi; }; MARTLET_MASTER=interface:bond0; find_master';
    expect(ask(noAddress)).toContain('interface bond0 has no IPv4 address; this node has: none');
    expect(
      ask('PATH=/nowhere; uname() { echo n; }; awk() { :; }; MARTLET_MASTER=interface:bond0; find_master'),
    ).toContain('the command ip is not there');
  });
});

describe('the nodes', () => {
  test('keep their order, but our own comes first: rank 0 is where the ranks meet', () => {
    const order = (us: string, hosts: string) =>
      ask(`uname() { echo ${us}; }; printf '${hosts}' | own_host_first | tr '\\n' ' '`);
    expect(order('b.site', 'a\\nb\\nc\\n')).toBe('b a c');
    expect(order('a', 'a.site\\nb.site\\n')).toBe('a.site b.site');
    expect(order('elsewhere', 'b\\na\\n')).toBe('b a');
    // A prefix is another node.
    expect(order('node1', 'node10\\nnode1\\n')).toBe('node1 node10');
  });

  test('that the scheduler did not tell are a failure of this kind, not of the scripts', async () => {
    const it = jobFolder({ torchrun: 'count', request: { nodes: 2 }, site: { launcher: 'mpirun' } });
    expect((await it.start().ended).code).toBe(85);
    expect(it.notes('preflight').at(-1)).toBe(
      'the scheduler gave 0 nodes, the plan has 2, and its list could not be read: see the lines above',
    );
    expect(it.read('cpt-1/A1/log.txt')).toContain('PBS_NODEFILE: unbound variable');
  });
});

describe.concurrent('the ranks', { timeout: 30_000 }, () => {
  /** An mpirun that gives its processes what the test says. */
  const withMpirun = async (variables: string) => {
    const it = jobFolder({
      torchrun: 'save 100',
      request: { nodes: 2 },
      site: { launcher: 'mpirun', scheduler: 'gridengine' },
    });
    it.write('hosts', 'a 1 q U\nb 1 q U\n');
    const words = 'while [[ $1 != bash ]]; do shift; done';
    it.writeProgram('bin/mpirun', `#!/bin/bash\n${words}\n${variables}\n`);
    const { code } = await it.start({
      PATH: `${it.run}/bin:${process.env.PATH}`,
      PE_HOSTFILE: `${it.run}/hosts`,
      JOB_ID: '7',
      JOB_NAME: 'mt-demo-cpt-1-1',
    }).ended;
    return { it, code };
  };
  const names = (rank: string, local: string, size: string): string =>
    `for r in 0 1; do env ${rank}=$r ${local}=0 ${size}=2 "$@" & done; wait`;

  test.each([
    ['Open MPI', names('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_SIZE')],
    ['Intel MPI and MPICH', names('PMI_RANK', 'MPI_LOCALRANKID', 'PMI_SIZE')],
  ])('%s has its own names for them', async (_, variables) => {
    expect((await withMpirun(variables)).code).toBe(0);
  });

  test('of a launcher that makes every process rank 0 of 1 are refused', async () => {
    const { it, code } = await withMpirun(
      'for r in 0 1; do env OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_LOCAL_RANK=0 OMPI_COMM_WORLD_SIZE=1 "$@" || code=$?; done; exit ${code:-0}',
    );
    expect(code).toBe(86);
    expect(it.notes('preflight').at(-1)).toMatch(/the launcher started 1 processes, the plan has 2$/);
  });

  test('in another order than node by node are refused', async () => {
    const { it, code } = await withMpirun(
      'env OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_SIZE=2 "$@"',
    );
    expect(code).toBe(86);
    expect(it.notes('preflight').at(-1)).toContain('rank 1 and number 1 of its node');
  });
});
