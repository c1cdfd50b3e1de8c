import type { Dialect } from './dialect.ts';
import { docker } from './docker.ts';
import { embedded } from './embedded.ts';
import { gridengine } from './gridengine.ts';
import { pbspro } from './pbspro.ts';
import { slurm } from './slurm.ts';

/** Every scheduler that jobs are rendered for, sent to and asked of. */
export const SCHEDULERS: readonly Dialect[] = [slurm, pbspro, gridengine, embedded, docker];

export const schedulerFor = (id: string): Dialect | undefined => SCHEDULERS.find(each => each.id === id);
