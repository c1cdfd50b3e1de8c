import { expect, test } from 'vitest';
import { checkCombination } from '../../src/launchers/combination.ts';
import { LAUNCHERS, launcherFor } from '../../src/launchers/index.ts';
import { local } from '../../src/launchers/local.ts';
import { mpirun } from '../../src/launchers/mpirun.ts';
import { srun } from '../../src/launchers/srun.ts';
import { RUNTIMES } from '../../src/runtimes/index.ts';
import { env, lineText, lit, lits } from '../../src/shell/word.ts';

const boxed = {
  argv: [...lits('bash', '/run/node.sh'), [env('MARTLET_ENV')]],
  launcherFlags: lits('--container-image=x.sqsh'),
};
const shape = { nodes: 4, ranksPerNode: 1, args: [], carry: ['PATH', 'LD_LIBRARY_PATH'] };
const plain = { argv: boxed.argv, launcherFlags: [] };

test('mpirun: one process a node, not bound to a core, with the paths the other nodes lack', () => {
  expect(lineText(mpirun.spread(plain, { ...shape, args: ['--report-bindings'] }))).toBe(
    'mpirun -np 4 --hostfile "${MARTLET_HOSTFILE}" --map-by ppr:1:node --bind-to none -x PATH -x LD_LIBRARY_PATH --report-bindings bash /run/node.sh "${MARTLET_ENV}"',
  );
});

test('mpirun: one rank per GPU', () => {
  expect(lineText(mpirun.spread(plain, { ...shape, ranksPerNode: 8 }))).toContain(
    '-np 32 --hostfile "${MARTLET_HOSTFILE}" --map-by ppr:8:node',
  );
});

test('srun: a dead task ends the step; --auto-resume is given only on a machine that has HyperPod’s folder', () => {
  expect(lineText(srun.spread(boxed, { ...shape, args: ['--auto-resume=1', '--mpi=none'] }))).toBe(
    'only_where /opt/sagemaker_cluster --auto-resume=1 srun --nodes=4 --ntasks-per-node=1 --kill-on-bad-exit=1 --wait=60 --cpu-bind=none --mpi=none --container-image=x.sqsh bash /run/node.sh "${MARTLET_ENV}"',
  );
  expect(lineText(srun.spread(plain, shape))).toMatch(/^srun /);
});

test('local: the function of its template gets nodes and ranks', () => {
  expect(lineText(local.spread(plain, shape))).toBe('pretend_nodes 4 1 bash /run/node.sh "${MARTLET_ENV}"');
  expect(lineText(local.hosts?.(3) ?? [])).toBe('pretend_hosts 3');
});

test('pyxis needs srun, docker this machine, the others go with every launcher', () => {
  const bad = LAUNCHERS.flatMap(launcher =>
    RUNTIMES.flatMap(runtime =>
      checkCombination(launcher, runtime).map(found => [launcher.id, runtime.id, found.code]),
    ),
  );
  expect(bad).toEqual([
    ['srun', 'docker', 'MRT-C009'],
    ['mpirun', 'pyxis', 'MRT-C009'],
    ['mpirun', 'docker', 'MRT-C009'],
    ['local', 'pyxis', 'MRT-C009'],
  ]);
});

test('every launcher is found by its id, and no two have the same', () => {
  expect(LAUNCHERS.map(each => launcherFor(each.id))).toEqual(LAUNCHERS);
  expect(launcherFor('jsrun')).toBeUndefined();
  expect(lit('x')).toEqual([{ lit: 'x' }]);
});
