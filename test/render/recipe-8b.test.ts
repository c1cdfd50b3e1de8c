import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { expectGolden } from '../helpers/golden.ts';
import { ROOT, type Sandbox, sandbox } from '../helpers/sandbox.ts';

const RECIPE = 'recipes/llama-3.1-swallow-8b-v0.5.yaml';
const GOLDENS = join(ROOT, 'test/render/goldens/llama-3.1-swallow-8b-v0.5');
const SITES = ['abci3', 'tsubame4', 'hyperpod'] as const;

const boxes: Sandbox[] = [];
const rendered: Record<string, string> = {};
afterAll(() => {
  for (const box of boxes) box.remove();
});

/** `bin/martlet render` into a folder, as a person types it. */
const render = async (site: string): Promise<string> => {
  const known = rendered[site];
  if (known) return known;
  const box = sandbox();
  boxes.push(box);
  const dir = join(mkdtempSync(join(tmpdir(), 'martlet-render-')), 'out');
  const out = await box.martlet('render', RECIPE, '--cluster', site, '--account', 'my-group', '-o', dir);
  expect(out.code, out.stdout + out.stderr).toBe(0);
  rendered[site] = dir;
  return dir;
};
afterAll(() => {
  for (const dir of Object.values(rendered)) rmSync(join(dir, '..'), { recursive: true, force: true });
});

const text = (dir: string, name: string): string => readFileSync(join(dir, name), 'utf8');

test.each(SITES)('the scripts of %s are the recorded ones, byte for byte', async site => {
  const dir = await render(site);
  const names = [
    ...['prepare-1/job.sh', 'prepare-1/prepare.sh', 'cpt-1/job.sh', 'cpt-1/node.sh'],
    ...['import-1/import.sh', 'export-1/export.sh'],
  ];
  expectGolden(join(GOLDENS, site), Object.fromEntries(names.map(name => [name, text(dir, name)])));
});

/** The later segments of a chain differ from the first in one number. */
const scripts = (dir: string): string[] =>
  [
    ...['prepare-1/job.sh', 'prepare-1/node.sh', 'prepare-1/prepare.sh', 'cpt-1/job.sh', 'cpt-1/node.sh'],
    ...['import-1/job.sh', 'import-1/node.sh', 'import-1/import.sh'],
    ...['export-1/job.sh', 'export-1/node.sh', 'export-1/export.sh'],
  ].map(name => join(dir, name));

test.each(SITES)('every script of %s is bash, and shellcheck finds nothing in it', { timeout: 60_000 }, async site => {
  const files = scripts(await render(site));
  for (const file of files)
    expect(spawnSync('bash', ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  const found = spawnSync('shellcheck', files, { encoding: 'utf8' });
  if (found.error) process.stdout.write('shellcheck is not installed: skipped\n');
  else expect(found).toMatchObject({ status: 0, stdout: '' });
});

test.each(SITES)('on %s the published numbers are on the command line, one a line', async site => {
  const lines = text(await render(site), 'cpt-1/node.sh')
    .split('\n')
    .map(line => line.trim().replace(/ \\$/, ''));
  for (const flag of [
    '--lr=2.5e-5',
    '--min-lr=2.5e-6',
    '--global-batch-size=1024',
    '--micro-batch-size=2',
    '--seq-length=8192',
    '--train-iters=25000',
    '--lr-warmup-iters=1000',
    '--tensor-model-parallel-size=2',
    '--padded-vocab-size=128256',
  ])
    expect(lines).toContain(flag);
});

/** Directives, launch, container and network of each site: clusters of real jobs, section by section. */
test.each([
  [
    'abci3',
    [
      '#PBS -P my-group',
      '#PBS -q rt_HF',
      '#PBS -l select=4:mpiprocs=1',
      '#PBS -l walltime=168:00:00',
      '#PBS -j oe',
      '#PBS -koed',
      '#PBS -m n',
      '#PBS -r n',
    ],
  ],
  ['tsubame4', ['#$ -cwd', '#$ -l node_f=16', '#$ -l h_rt=24:00:00', '#$ -j y', '#$ -r n']],
  [
    'hyperpod',
    [
      '#SBATCH --nodes=4',
      '#SBATCH --ntasks-per-node=1',
      '#SBATCH --exclusive',
      '#SBATCH --wait-all-nodes=1',
      '#SBATCH --open-mode=append',
      '#SBATCH --requeue',
    ],
  ],
] as const)("%s gets its own scheduler's directives", async (site, wanted) => {
  const lines = text(await render(site), 'cpt-1/job.sh').split('\n');
  for (const directive of wanted) expect(lines).toContain(directive);
});

test.each([
  [
    'abci3',
    'cpt-1/job.sh',
    ['mpirun', 'module load hpcx/2.20', 'export NCCL_SOCKET_IFNAME=bond0', 'export NCCL_IB_TIMEOUT=22'],
  ],
  [
    'abci3',
    'cpt-1/node.sh',
    [
      'exec singularity',
      '--bind /dev/infiniband:/dev/infiniband',
      'torchrun',
      '--nproc-per-node=8',
      'unset FI_PROVIDER ROCR_VISIBLE_DEVICES',
      'export NCCL_IB_HCA=mlx5_ibn1,mlx5_ibn2,mlx5_ibn3,mlx5_ibn4,mlx5_ibn5,mlx5_ibn6,mlx5_ibn7,mlx5_ibn8',
    ],
  ],
  ['tsubame4', 'cpt-1/job.sh', ['mpirun', 'module load openmpi/5.0.7-gcc']],
  [
    'tsubame4',
    'cpt-1/node.sh',
    ['exec apptainer', '--bind /gs:/gs', '--bind /apps:/apps', '--nproc-per-node=4', 'export TMPDIR="${T4TMPDIR}"'],
  ],
  ['hyperpod', 'cpt-1/job.sh', ['srun', '--container-image=', '--container-mounts=/fsx:/fsx', '--kill-on-bad-exit=1']],
  [
    'hyperpod',
    'cpt-1/node.sh',
    [
      '--nproc-per-node=8',
      'export FI_PROVIDER=efa',
      "export NCCL_NET='AWS Libfabric'",
      "export NCCL_SOCKET_IFNAME='^lo,docker0,veth_def_agent'",
    ],
  ],
] as const)('%s: %s holds its launcher, container and network', async (site, file, wanted) => {
  const found = text(await render(site), file);
  for (const part of wanted) expect(found).toContain(part);
});
