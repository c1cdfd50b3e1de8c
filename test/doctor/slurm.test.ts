import { expect, test } from 'vitest';
import { gpusIn } from '../../src/doctor/schedulers/slurm-partitions.ts';
import { captured, checksOf, factsOf, siteOf } from './facts.ts';

const CONFIG = captured('slurm-config.txt');
const UP = {
  'sbatch --version': 'slurm-wlm 22.05.8\n',
  'scontrol ping': 'Slurmctld(primary) at vm is UP\n',
  'scontrol show config': CONFIG,
  'scontrol -o show partition': captured('slurm-partitions.txt'),
  '%R|%D|%c|%m|%G|%T': captured('slurm-nodes.txt'),
  '-o JobID': '',
  'assoc sacctmgr': 'research||normal\n',
  '--me -o %T': 'RUNNING\nPENDING\nPENDING\n',
};

const OVERLAY = `martlet: 1
login: here
resource_types:
  gpu: {partition: dev, gpus: 8, cpus: 16, memory: 60GB, nodes: 1-2, walltime: 8h}
  cpu: {partition: batch}
`;

test('a claim that fits is ok, one above what a node or a partition gives differs and says what to write', () => {
  const checks = checksOf(siteOf('slurm-generic', OVERLAY), factsOf(UP));
  for (const key of ['partition', 'walltime', 'nodes', 'gpus', 'cpus', 'memory'])
    expect(checks[`gpu: ${key}`]?.verdict, key).toBe('ok');
  const more = checksOf(
    siteOf('slurm-generic', OVERLAY.replace('nodes: 1-2, walltime: 8h', 'nodes: 1-3, walltime: 9h')),
    factsOf(UP),
  );
  expect(more['gpu: walltime']).toMatchObject({
    verdict: 'differs',
    claimed: '9h',
    found: '8h',
    source: 'overlay.yaml:4:80',
  });
  expect(more['gpu: walltime']?.todo).toContain('resource_types: {gpu: {walltime: 8h}}');
  expect(more['gpu: nodes']).toMatchObject({ verdict: 'differs', claimed: '3', found: '2' });
});

test('a partition that is not there names those there are; one that is inactive takes no jobs', () => {
  const checks = checksOf(siteOf('slurm-generic', OVERLAY.replace('batch', 'maint')), factsOf(UP));
  expect(checks['cpu: partition']).toMatchObject({ verdict: 'differs', found: 'maint is INACTIVE' });
  expect(checksOf(siteOf('slurm-generic', OVERLAY), factsOf(UP))['cpu: partition']).toMatchObject({
    verdict: 'differs',
    found: 'none of this name; there are dev, gpu, maint',
  });
});

test('a partition for other groups or accounts is not open to you', () => {
  const closed = UP['scontrol -o show partition'].replace('AllowGroups=ALL', 'AllowGroups=staff,ops');
  const checks = checksOf(siteOf('slurm-generic', OVERLAY), factsOf({ ...UP, 'scontrol -o show partition': closed }));
  expect(checks['gpu: admission']).toMatchObject({ verdict: 'differs', found: 'only for the groups staff, ops' });
  const open = UP['scontrol -o show partition'].replace('AllowGroups=ALL', 'AllowGroups=staff,grp-a');
  expect(
    checksOf(siteOf('slurm-generic', OVERLAY), factsOf({ ...UP, 'scontrol -o show partition': open }))[
      'gpu: admission'
    ],
  ).toBeUndefined();
});

const without = (config: string): string =>
  config.replace(/^AccountingStorageType .*$/m, 'AccountingStorageType   = accounting_storage/none');

test.each([
  ['true', CONFIG, '', 'ok', 'there, sacct answers'],
  ['maybe', CONFIG, '', 'ok', 'there, sacct answers'],
  ['true', without(CONFIG), { code: 1, err: 'Slurm accounting storage is disabled\n' }, 'differs', 'none'],
  ['false', without(CONFIG), { code: 1, err: 'Slurm accounting storage is disabled\n' }, 'ok', 'none'],
  [
    'true',
    CONFIG,
    { code: 1, err: 'sacct: error: Problem talking to the database: Connection refused\n' },
    'trouble',
    'Connection refused',
  ],
] as const)('accounting that is claimed to be %s', (claim, config, sacct, verdict, found) => {
  const site = siteOf('slurm-generic', `${OVERLAY}dialect_options: {accounting: ${claim}}\n`);
  const { accounting } = checksOf(site, factsOf({ ...UP, 'scontrol show config': config, '-o JobID': sacct }));
  expect(accounting).toMatchObject({ verdict });
  expect(accounting?.found).toContain(found);
});

test('without accounting an ended job must stay in the queue for two questions', () => {
  const config = without(CONFIG);
  const site = siteOf('slurm-generic', OVERLAY);
  const of = (text: string) => checksOf(site, factsOf({ ...UP, 'scontrol show config': text })).MinJobAge;
  expect(of(config)?.verdict).toBe('ok');
  const short = config.replace(/^MinJobAge .*$/m, 'MinJobAge               = 40 sec');
  expect(of(short)).toMatchObject({ verdict: 'differs', claimed: 'two questions (60 s) or longer' });
  expect(of(short)?.todo).toContain('poll_min: 20s');
  expect(of(CONFIG.replace(/^MinJobAge .*$/m, 'MinJobAge               = 40 sec'))?.verdict).toBe('ok');
});

test('a short KillWait leaves no time for an exit file', () => {
  const of = (seconds: number) =>
    checksOf(
      siteOf('slurm-generic', OVERLAY),
      factsOf({
        ...UP,
        'scontrol show config': CONFIG.replace(/^KillWait .*$/m, `KillWait                = ${seconds} sec`),
      }),
    ).KillWait?.verdict;
  expect([of(3), of(24), of(25), of(30)]).toEqual(['differs', 'differs', 'ok', 'ok']);
});

test('an account is held against those of accounting, and counts only where they are enforced', () => {
  const site = siteOf('slurm-generic', `${OVERLAY}account: grp-a\n`);
  const of = (config: string, assoc: string) =>
    checksOf(site, factsOf({ ...UP, 'scontrol show config': config, 'assoc sacctmgr': assoc })).account;
  const enforced = CONFIG.replace(
    /^AccountingStorageEnforce = none$/m,
    'AccountingStorageEnforce = associations,limits',
  );
  expect(enforced).not.toBe(CONFIG);
  expect(of(enforced, 'grp-a||normal\nresearch||normal\n')?.verdict).toBe('ok');
  expect(of(enforced, 'research||normal\n')).toMatchObject({ verdict: 'differs', found: 'yours: research' });
  expect(of(CONFIG, 'research||normal\n')?.verdict).toBe('ok');
});

test('a controller that is down is trouble, and nothing is said about what could not be asked', () => {
  const down = { ...UP, 'scontrol ping': 'Slurmctld(primary) at vm is DOWN\n' };
  const checks = checksOf(siteOf('slurm-generic', OVERLAY), factsOf(down));
  expect(checks.controller?.verdict).toBe('trouble');
  expect(Object.keys(checks)).toEqual(['programs', 'version', 'controller']);
});

test('whatever is not answered is unknown and never ok', () => {
  const checks = checksOf(siteOf('slurm-generic', OVERLAY), factsOf({ 'scontrol ping': UP['scontrol ping'] }));
  const { controller, programs, ...others } = checks;
  expect(Object.keys(others).length).toBeGreaterThan(3);
  expect(Object.values(others).map(each => each.verdict)).toEqual(Object.keys(others).map(() => 'unknown'));
});

test('srun is asked for the options that a profile counts on', () => {
  const site = siteOf(
    'hyperpod',
    'martlet: 1\nlogin: pod\nresource_types:\n  p5: {partition: dev, nodes: 1-2, default: true}\n',
  );
  const help = '      --container-image=[USER@][REGISTRY#]IMAGE[:TAG]|PATH\n      --auto-resume=1  resume\n';
  const of = (text: string, marker: string) =>
    checksOf(site, factsOf({ ...UP, 'srun --help': text }, { file: { kind: marker } }));
  expect(of(help, 'folder')['srun --container-image']?.verdict).toBe('ok');
  expect(of(help, 'folder')['srun --auto-resume']?.verdict).toBe('ok');
  const bare = '      --container-images=x\n';
  expect(of(bare, 'missing')['srun --container-image']?.verdict).toBe('differs');
  // Given to srun only where the marker is (templates/job/launch-srun.sh).
  expect(of(bare, 'missing')['srun --auto-resume']?.verdict).toBe('ok');
  expect(of(bare, 'folder')['srun --auto-resume']?.verdict).toBe('differs');
});

test('programs that are elsewhere lead to the line that finds them', () => {
  const facts = factsOf(UP, { programs: { login: '/opt/slurm/bin/sbatch', elsewhere: '/opt/slurm/bin' } });
  const { programs } = checksOf(siteOf('slurm-generic', OVERLAY), facts);
  expect(programs?.verdict).toBe('differs');
  expect(programs?.todo).toContain('dialect_options: {bin: /opt/slurm/bin}');
  expect(programs?.todo).toContain('login_shell: true');
  const nowhere = checksOf(siteOf('slurm-generic', OVERLAY), factsOf(UP, { programs: { login: '' } }));
  expect(nowhere.programs?.verdict).toBe('trouble');
  expect(Object.keys(nowhere)).toEqual(['programs']);
});

test.each([
  ['gpu:8', 8],
  ['gpu:h100:8(S:0-1)', 8],
  ['gpu:a100:4(S:0),gpu:v100:2(S:1)', 6],
  ['gpu:8,nvme:2', 8],
  ['nvme:2,shard:gpu:4', 0],
  ['(null)', 0],
  ['gpu:nvidia_h100_80gb_hbm3:8', 8],
])('%s are %i GPUs', (gres, count) => {
  expect(gpusIn(gres)).toBe(count);
});
