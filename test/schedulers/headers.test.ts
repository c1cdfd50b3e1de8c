import { describe, expect, test } from 'vitest';
import type { Header, JobRequest } from '../../src/schedulers/dialect.ts';
import { gridengine } from '../../src/schedulers/gridengine.ts';
import { SCHEDULERS } from '../../src/schedulers/index.ts';
import { pbspro } from '../../src/schedulers/pbspro.ts';
import { slurm } from '../../src/schedulers/slurm.ts';
import { lineText } from '../../src/shell/word.ts';
import { run } from '../helpers/bash.ts';
import { NASTY } from '../helpers/dice.ts';
import { requestOf } from '../helpers/jobs.ts';

const lines = (header: Header, request: JobRequest): readonly string[] => {
  const { value, diagnostics } = header.directives(request);
  expect(diagnostics).toEqual([]);
  return value ?? [];
};
const submit = (header: Header, request: JobRequest): string =>
  lineText(header.submit('job.sh', request, 'mt-demo-cpt-1-2'));
const AFTER = [
  { folder: 'a-1/A1', when: 'ok' as const },
  { folder: 'b-1/A1', when: 'ok' as const },
  { folder: 'c-1/A2', when: 'any' as const },
];

describe('pbspro', () => {
  const abci = requestOf({ queue: 'rt_HF', account: 'my-group', accountOption: '-P', siteDirectives: ['#PBS -koed'] });

  test('a spot job of ABCI', () => {
    expect(lines(pbspro, abci)).toEqual([
      '#PBS -P my-group',
      '#PBS -q rt_HF',
      '#PBS -l select=4:mpiprocs=1',
      '#PBS -l walltime=24:00:00',
      '#PBS -N mt-demo-cpt-1-1',
      '#PBS -j oe',
      '#PBS -o /runs/demo/cpt-1/',
      '#PBS -m n',
      '#PBS -r n',
      '#PBS -koed',
    ]);
  });

  test('a reserved job names the reservation as its queue, and the type and the rest in one -v', () => {
    const reserved = {
      ...abci,
      queue: 'R1234',
      submitEnv: { RTYPE: 'rt_HF', USE_SSH: '1' },
      walltimeSeconds: Number.POSITIVE_INFINITY,
    };
    const found = lines(pbspro, reserved);
    expect(found).toContain('#PBS -q R1234');
    expect(found).toContain('#PBS -v RTYPE=rt_HF,USE_SSH=1');
    // Without the word PBS would give an hour.
    expect(found).toContain('#PBS -l walltime=10000:00:00');
  });

  test('the submit line has the attempt’s name, the parents and nothing of the environment', () => {
    expect(submit(pbspro, { ...abci, options: { bin: '/opt/pbs/bin' }, after: AFTER })).toBe(
      `/opt/pbs/bin/qsub -N mt-demo-cpt-1-2 -W 'depend=afterok:'"$(id_of a-1/A1)":"$(id_of b-1/A1)",afterany:"$(id_of c-1/A2)" job.sh`,
    );
  });

  test('raised priority is asked for, the usual one is not', () => {
    expect(lines(pbspro, { ...abci, priority: 1 })).toContain('#PBS -p 1');
    expect(lines(pbspro, { ...abci, priority: 0 }).join()).not.toContain('-p');
  });
});

describe('gridengine', () => {
  const tsubame = requestOf({
    request: 'node_f',
    account: 'tga-my-group',
    accountBy: 'submit',
    accountOption: '-g',
    priority: -5,
    siteDirectives: ['#$ -cwd', '#$ -r n'],
  });

  test('a job of TSUBAME: -clear is a directive, because on the line it would drop all of these', () => {
    expect(lines(gridengine, tsubame)).toEqual([
      '#$ -clear',
      '#$ -cwd',
      '#$ -l node_f=4',
      '#$ -l h_rt=24:00:00',
      '#$ -N mt-demo-cpt-1-1',
      '#$ -j y',
      '#$ -o /runs/demo/cpt-1/',
      '#$ -p -5',
      '#$ -r n',
    ]);
  });

  test('the group is on the submit line, and any end of a parent lets go', () => {
    expect(submit(gridengine, { ...tsubame, after: AFTER, submitArgs: ['-ar', '1234'] })).toBe(
      `qsub -terse -g tga-my-group -N mt-demo-cpt-1-2 -ac 'token=mt-demo-cpt-1-1' -hold_jid "$(id_of a-1/A1)","$(id_of b-1/A1)","$(id_of c-1/A2)" -ar 1234 job.sh`,
    );
  });
});

describe('slurm', () => {
  const hyperpod = requestOf({
    queue: 'dev',
    options: { requeue: true },
    siteDirectives: ['#SBATCH --wait-all-nodes=1', '#SBATCH --open-mode=append', '#SBATCH --requeue'],
    walltimeSeconds: 3 * 86400,
  });

  test('a job of HyperPod; what the site says too stands there once', () => {
    expect(lines(slurm, hyperpod)).toEqual([
      '#SBATCH --job-name=mt-demo-cpt-1-1',
      '#SBATCH --partition=dev',
      '#SBATCH --nodes=4',
      '#SBATCH --ntasks-per-node=1',
      '#SBATCH --exclusive',
      '#SBATCH --time=3-00:00:00',
      '#SBATCH --output=/runs/demo/cpt-1/slurm-%j.out',
      '#SBATCH --open-mode=append',
      '#SBATCH --requeue',
      '#SBATCH --kill-on-invalid-dep=yes',
      '#SBATCH --signal=B:USR1@600',
      '#SBATCH --export=ALL',
      '#SBATCH --wait-all-nodes=1',
    ]);
  });

  test('cores are asked for on shared nodes, GPUs only where the profile says so', () => {
    const shared = lines(
      slurm,
      requestOf({ exclusive: false, cpusPerNode: 16, gpusPerNode: 2, options: { gpus_per_node: true } }),
    );
    expect(shared).toContain('#SBATCH --cpus-per-task=16');
    expect(shared).toContain('#SBATCH --gpus-per-node=2');
    expect(shared).toContain('#SBATCH --no-requeue');
    expect(lines(slurm, hyperpod).join()).not.toContain('gpus-per-node');
  });

  test('no limit is said, or the partition’s default would rule; a short job is not warned at its start', () => {
    expect(lines(slurm, { ...hyperpod, walltimeSeconds: Number.POSITIVE_INFINITY })).toContain(
      '#SBATCH --time=UNLIMITED',
    );
    expect(lines(slurm, { ...hyperpod, walltimeSeconds: 600 })).toContain('#SBATCH --signal=B:USR1@60');
  });

  test('the submit line finds the job again by its comment', () => {
    expect(
      submit(slurm, { ...hyperpod, after: AFTER, account: 'a b', accountBy: 'submit', accountOption: '--account' }),
    ).toBe(
      `sbatch --parsable --job-name=mt-demo-cpt-1-2 --comment=mt-demo-cpt-1-1 '--account=a b' --dependency=afterok:"$(id_of a-1/A1)":"$(id_of b-1/A1)",afterany:"$(id_of c-1/A2)" job.sh`,
    );
  });
});

describe.each([pbspro, gridengine, slurm].map(header => [header.id, header] as const))('%s', (_, header) => {
  test('odd characters are refused with a finding, never quoted', () => {
    const odd = NASTY.filter(text => text !== '' && !/^[A-Za-z0-9]/.test(text)).concat([
      'a b',
      'a\n#PBS -l x',
      'a$(id)',
    ]);
    for (const text of odd)
      for (const field of ['name', 'queue'] as const) {
        const { value, diagnostics } = header.directives(requestOf({ [field]: text }));
        expect([text, field, value, diagnostics[0]?.code]).toEqual([text, field, undefined, 'MRT-P020']);
      }
  });

  test('a value of submit_env with a comma or a blank is refused', () => {
    for (const text of ['a,b', 'a b', "it's", '"', '\\'])
      expect(header.directives(requestOf({ submitEnv: { A: text } })).diagnostics[0]?.code).toBe('MRT-P020');
  });

  test('a folder with a blank goes without the scheduler’s own output, since the log is ours', () => {
    for (const dir of ['/runs/a b/cpt-1', '/runs/ünï/cpt-1', "/runs/it's", '/runs/a:b', '/runs/%j'])
      expect(lines(header, requestOf({ dir })).filter(line => /-o |--output/.test(line))).toEqual([
        header.id === 'slurm'
          ? '#SBATCH --output=/dev/null'
          : header.id === 'pbspro'
            ? '#PBS -o /dev/null'
            : '#$ -o /dev/null',
      ]);
  });

  test('a directive of the site that is none of its own is refused', () => {
    for (const line of ['#OTHER -x', 'rm -rf /', '#PBS -x\nrm -rf /', '#$ -x\nid', '#SBATCH -x\nid'])
      expect(header.directives(requestOf({ siteDirectives: [line] })).diagnostics[0]?.code).toBe('MRT-P021');
  });

  test('a name over the limit is refused', () => {
    const name = `mt-${'x'.repeat(header.nameLimit)}`;
    expect(header.directives(requestOf({ name })).diagnostics[0]?.code).toBe('MRT-P020');
  });
});

test('the id in an answer is read by sed as it is read here, and noise is no id', () => {
  const answers: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    pbspro: [
      ['1051.pbs1', '1051.pbs1'],
      ['qsub: Unknown queue', ''],
      ['', ''],
    ],
    gridengine: [
      ['42', '42'],
      ['Unable to run job: denied.', ''],
    ],
    slurm: [
      ['42', '42'],
      ['42;cluster', '42'],
      ['sbatch: error: 42', ''],
    ],
    embedded: [
      ['7', '7'],
      ['martlet-local: refused', ''],
    ],
  };
  for (const { id, idPattern } of SCHEDULERS)
    for (const [answer, native] of answers[id] ?? []) {
      const sed = run(['sed', '-nE', `s\u0001${idPattern}\u0001\\1\u0001p`], { input: `${answer}\n` }).stdout.trim();
      expect([id, answer, sed, new RegExp(idPattern, 'm').exec(answer)?.[1] ?? '']).toEqual([
        id,
        answer,
        native,
        native,
      ]);
    }
});

test('hosts come in the order of the scheduler’s file, each once, because the first one runs the script', () => {
  const file = 'hnode009\nhnode009\nhnode001\nhnode009\n';
  const hosts = run([
    'bash',
    '-c',
    `cd "$(mktemp -d)"; printf '${file}' >"f x"; PBS_NODEFILE="$PWD/f x"; ${lineText(pbspro.hosts({}))}`,
  ]);
  expect(hosts.stdout).toBe('hnode009\nhnode001\n');
  const slots = 'r9n1 4 all.q@r9n1 UNDEFINED\nr1n2 4 all.q@r1n2 UNDEFINED\n';
  const words = lineText(gridengine.hosts({ hosts: { file: '$PE_HOSTFILE', column: 1 } }));
  expect(run(['bash', '-c', `cd "$(mktemp -d)"; printf '${slots}' >f; PE_HOSTFILE=f; ${words}`]).stdout).toBe(
    'r9n1\nr1n2\n',
  );
});
