import type { Word } from '../shell/word.ts';
import { lit, lits, word } from '../shell/word.ts';
import type { Launcher } from './launcher.ts';

/** Words only some machines' srun knows, and the path by which such a machine is known (HyperPod's srun is patched). */
export const ONLY_WHERE: Readonly<Record<string, string>> = { '--auto-resume=1': '/opt/sagemaker_cluster' };

/** `only_where PATH WORD` in front of srun: job.sh gives the word where the path exists. See templates/job/launch-srun.sh. */
const guards = (args: readonly string[]): readonly Word[] =>
  args.filter(arg => arg in ONLY_WHERE).flatMap(arg => lits('only_where', ONLY_WHERE[arg]!, arg));

/** One task a node, or one a GPU; a task that ends badly takes the step down, so a hung rank cannot burn the allocation. */
export const srun: Launcher = {
  id: 'srun',
  manual: 'https://slurm.schedmd.com/srun.html',
  rankVar: 'SLURM_PROCID',
  localRankVar: 'SLURM_LOCALID',
  sizeVar: 'SLURM_NTASKS',
  template: 'launch-srun.sh',
  spread: ({ argv, launcherFlags }, shape) => [
    ...guards(shape.args),
    lit('srun'),
    word`--nodes=${shape.nodes}`,
    word`--ntasks-per-node=${shape.ranksPerNode}`,
    lit('--kill-on-bad-exit=1'),
    lit('--wait=60'),
    // Sites with task/affinity would pin one task per node to one core.
    lit('--cpu-bind=none'),
    ...shape.args.filter(arg => !(arg in ONLY_WHERE)).map(lit),
    ...launcherFlags,
    ...argv,
  ],
};
