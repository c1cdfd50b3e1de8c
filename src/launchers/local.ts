import { lit, lits } from '../shell/word.ts';
import type { Launcher } from './launcher.ts';

/** This machine: one process a pretend node, as many as it has slots for. The function is templates/job/launch-local.sh. */
export const local: Launcher = {
  id: 'local',
  manual: 'templates/job/launch-local.sh',
  rankVar: 'MARTLET_RANK',
  localRankVar: 'MARTLET_LOCAL_RANK',
  sizeVar: 'MARTLET_SIZE',
  template: 'launch-local.sh',
  hosts: nodes => lits('pretend_hosts', String(nodes)),
  spread: ({ argv, launcherFlags }, shape) => [
    ...lits('pretend_nodes', String(shape.nodes), String(shape.ranksPerNode)),
    ...shape.args.map(lit),
    ...launcherFlags,
    ...argv,
  ],
};
