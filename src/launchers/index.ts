import type { Launcher } from './launcher.ts';
import { local } from './local.ts';
import { mpirun } from './mpirun.ts';
import { srun } from './srun.ts';

/** Every way to be on all nodes of a job. */
export const LAUNCHERS: readonly Launcher[] = [srun, mpirun, local];

export const launcherFor = (id: string): Launcher | undefined => LAUNCHERS.find(each => each.id === id);
