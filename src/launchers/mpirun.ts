import { env, lit, lits, word } from '../shell/word.ts';
import type { Launcher } from './launcher.ts';

/** Open MPI 4 and 5 (HPC-X too). A rank that ends badly takes the others down; PBS and Grid Engine place its daemons. */
export const mpirun: Launcher = {
  id: 'mpirun',
  manual: 'https://docs.open-mpi.org/en/v5.0.x/man-openmpi/man1/mpirun.1.html',
  rankVar: 'OMPI_COMM_WORLD_RANK',
  localRankVar: 'OMPI_COMM_WORLD_LOCAL_RANK',
  sizeVar: 'OMPI_COMM_WORLD_SIZE',
  spread: ({ argv, launcherFlags }, shape) => [
    ...lits('mpirun', '-np', String(shape.nodes * shape.ranksPerNode)),
    lit('--hostfile'),
    [env('MARTLET_HOSTFILE')],
    lit('--map-by'),
    word`ppr:${shape.ranksPerNode}:node`,
    // The default pins one process per node to one core, and everything below it inherits that core.
    ...lits('--bind-to', 'none'),
    ...shape.carry.flatMap(name => lits('-x', name)),
    ...shape.args.map(lit),
    ...launcherFlags,
    ...argv,
  ],
};
