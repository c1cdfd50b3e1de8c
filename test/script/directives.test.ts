import { expect, test } from 'vitest';
import { directiveWords, readDirectives } from '../../src/script/directives.ts';
import { colonSeconds, slurmSeconds } from '../../src/script/walltime.ts';

const script = (...lines: readonly string[]): string => ['#!/bin/bash', ...lines, 'echo run', ''].join('\n');

test.each([
  ['1:00:00', 3600],
  ['3:15:00:00', 313_200],
  ['00:54:50:00', 197_400],
  ['90', 90],
  ['2:30', 150],
  ['72:00:00', 259_200],
  ['1:x', undefined],
])('PBS and Grid Engine read %s as %s seconds', (text, seconds) => {
  expect(colonSeconds(text)).toBe(seconds);
});

test.each([
  ['30', 1800],
  ['30:15', 1815],
  ['24:00:00', 86_400],
  ['1-00', 86_400],
  ['1-12:30', 131_400],
  ['2-00:00:30', 172_830],
  ['soon', undefined],
])('Slurm reads %s as %s seconds', (text, seconds) => {
  expect(slurmSeconds(text)).toBe(seconds);
});

test('a comment behind a directive is no part of it, and quotes hold blanks together', () => {
  expect(directiveWords('--job-name="my job"  # the name')).toEqual(['--job-name=my job']);
  expect(directiveWords("-N a'b c'd")).toEqual(['-N', 'ab cd']);
});

test('PBS: joined and apart options, a select with its chunk, a walltime, an account, the whole environment', () => {
  const asked = readDirectives(
    script(
      '#PBS -q rt_HF',
      '#PBS -N name',
      '#PBS -P grp',
      '#PBS -l select=16:ncpus=192:ngpus=8,walltime=168:00:00',
      '#PBS -koed -j oe',
      '#PBS -V',
    ),
  );
  expect(asked).toMatchObject({ scheduler: 'pbspro', nodes: 16, gpusPerNode: 8, knowsGpus: true, account: 'grp' });
  expect(asked).toMatchObject({ name: 'name', walltimeSeconds: 604_800, resourceType: 'rt_HF', carriesAll: 7 });
  expect(asked.unknown).toEqual([]);
});

test('PBS: chunks of a mixed select add up, and mpiprocs counts ranks of a node, not GPUs', () => {
  const asked = readDirectives(script('#PBS -l select=1:ngpus=8:mpiprocs=8+3:ngpus=8:mpiprocs=8'));
  expect([asked.nodes, asked.gpusPerNode, asked.tasksPerNode]).toEqual([4, 8, 8]);
});

test('PBS: the queue of a reservation is a reservation, and its variable the type', () => {
  const asked = readDirectives(
    script('#PBS -q R9920251000', '#PBS -v RTYPE=rt_HF,USE_SSH=1,FOO=bar', '#PBS -l select=2'),
  );
  expect(asked).toMatchObject({ reservation: 'R9920251000', resourceType: 'rt_HF', gpusPerNode: 8 });
  expect(asked.unknown).toEqual([{ line: 3, option: '-v FOO=bar' }]);
});

test('PBS: a directive goes on in the next line behind a backslash', () => {
  const asked = readDirectives(script('#PBS -l select=4 \\', '#PBS -l walltime=2:00:00'));
  expect([asked.nodes, asked.walltimeSeconds]).toEqual([4, 7200]);
});

test('Grid Engine: a list behind -l, a group, a priority, and directives anywhere in the file', () => {
  const asked = readDirectives(
    script('#$ -cwd', '#$ -l node_f=8,h_rt=24:00:00', 'module load x', '#$ -g tga-x', '#$ -p -3'),
  );
  expect(asked).toMatchObject({ scheduler: 'gridengine', nodes: 8, gpusPerNode: 4, walltimeSeconds: 86_400 });
  expect(asked).toMatchObject({ account: 'tga-x', priority: -3, resourceType: 'node_f', late: [] });
});

test('Slurm: long and short options, GPUs in three spellings, several options on one line', () => {
  const of = (...lines: readonly string[]) => readDirectives(script(...lines));
  expect(of('#SBATCH -N 4 -A grp', '#SBATCH --gpus-per-node=h100:8')).toMatchObject({
    nodes: 4,
    gpusPerNode: 8,
    account: 'grp',
  });
  expect(of('#SBATCH --nodes 2', '#SBATCH --gres=gpu:a100:4')).toMatchObject({ nodes: 2, gpusPerNode: 4 });
  expect(of('#SBATCH -N2', '#SBATCH -G 16 -t1-00:00:00 -p gpu')).toMatchObject({
    gpusPerNode: 8,
    walltimeSeconds: 86_400,
    queue: 'gpu',
  });
  expect(of('#SBATCH --exclusive --requeue', '#SBATCH --licenses=x').unknown).toEqual([
    { line: 3, option: '--licenses=x' },
  ]);
});

test('Slurm and PBS do not read what stands behind the first command', () => {
  const asked = readDirectives(
    ['#!/bin/bash', '#SBATCH -N 2', '', '# a comment', 'set -e', '#SBATCH -N 64', ''].join('\n'),
  );
  expect(asked.nodes).toBe(2);
  expect(asked.late.map(each => each.line)).toEqual([6]);
});

test('a script with directives of two schedulers is one of the more frequent, the others are listed', () => {
  const asked = readDirectives(script('#PBS -q rt_HF', '#PBS -l select=1', '#SBATCH -N 4'));
  expect(asked.scheduler).toBe('pbspro');
  expect(asked.unknown).toEqual([{ line: 4, option: '-N 4' }]);
});

test('a script without directives is one node of eight GPUs, and is known to be a guess', () => {
  expect(readDirectives(script())).toMatchObject({ nodes: 1, gpusPerNode: 8, knowsGpus: false });
});

test('a queue that no profile has is listed, not lost', () => {
  expect(readDirectives(script('#PBS -q special', '#PBS -l select=1')).unknown).toEqual([
    { line: 2, option: '-q special', to: 'overlay resource_type' },
  ]);
});
