import { expect, test } from 'vitest';
import { prepended } from '../../src/runtimes/family.ts';
import { RUNTIMES, runtimeFor } from '../../src/runtimes/index.ts';
import type { Box } from '../../src/runtimes/runtime.ts';
import { env, lineText, lit, lits } from '../../src/shell/word.ts';
import { run } from '../helpers/bash.ts';

const box: Box = {
  image: '/images/a b.sif',
  workdir: '/code',
  binds: [
    { from: lit('/groups'), to: lit('/groups'), readOnly: false },
    { from: lit('/etc/ca.pem'), to: lit('/etc/ssl/ca.pem'), readOnly: true },
    { from: [env('PBS_LOCALDIR')], to: [env('PBS_LOCALDIR')], readOnly: false },
  ],
  environment: ['NCCL_IB_HCA', 'HF_TOKEN'],
  prepend: {},
  gpus: true,
};
const argv = lits('torchrun', 'pretrain_gpt.py');
const boxed = (id: string, more: Partial<Box> = {}) => {
  const { argv: words, launcherFlags } = runtimeFor(id)!.box(argv, { ...box, ...more });
  return [lineText(words), lineText(launcherFlags)];
};

test.each(['singularity', 'apptainer'])('%s: a clean environment, the binds, no values on the line', id => {
  expect(boxed(id)).toEqual([
    `${id} exec --cleanenv --nv --bind /groups:/groups --bind /etc/ca.pem:/etc/ssl/ca.pem:ro --bind "\${PBS_LOCALDIR}":"\${PBS_LOCALDIR}" --pwd /code '/images/a b.sif' torchrun pretrain_gpt.py`,
    '',
  ]);
  expect(boxed(id, { gpus: false, workdir: undefined })[0]).not.toMatch(/--nv|--pwd/);
});

test('pyxis: the container is flags of srun, and the command stays as it was', () => {
  expect(boxed('pyxis')).toEqual([
    'torchrun pretrain_gpt.py',
    `'--container-image=/images/a b.sif' --container-mounts=/groups:/groups,/etc/ca.pem:/etc/ssl/ca.pem:ro,"\${PBS_LOCALDIR}":"\${PBS_LOCALDIR}" --container-workdir=/code --no-container-mount-home`,
  ]);
  expect(boxed('pyxis', { binds: [] })[1]).not.toContain('mounts');
});

test('docker: names of variables without their values', () => {
  expect(boxed('docker')[0]).toBe(
    `docker run --rm --init --network=host --ipc=host --gpus=all --volume=/groups:/groups --volume=/etc/ca.pem:/etc/ssl/ca.pem:ro --volume="\${PBS_LOCALDIR}":"\${PBS_LOCALDIR}" --env=NCCL_IB_HCA --env=HF_TOKEN --workdir=/code '/images/a b.sif' torchrun pretrain_gpt.py`,
  );
});

test('none: nothing around the command', () => {
  expect(boxed('none')).toEqual(['torchrun pretrain_gpt.py', '']);
});

test('folders are put in front of a path variable inside, whatever its old value is', () => {
  const words = prepended(lits('sh', '-c', 'echo "$LD_LIBRARY_PATH|$NEW|$1"', '-', 'a $(id) b'), {
    LD_LIBRARY_PATH: ['/efa x', '/nccl'],
    NEW: ['/n'],
  });
  const said = run(['bash', '-c', lineText(words)], { env: { PATH: process.env.PATH, LD_LIBRARY_PATH: '/old $(id)' } });
  expect(said.stdout).toBe('/efa x:/nccl:/old $(id)|/n|a $(id) b\n');
});

test('every runtime is found by its id', () => {
  expect(RUNTIMES.map(each => runtimeFor(each.id))).toEqual(RUNTIMES);
});
