import type { Dialect, Header } from './dialect.ts';
import { docker } from './docker.ts';
import { embedded } from './embedded.ts';
import { gridengine } from './gridengine.ts';
import { pbspro } from './pbspro.ts';
import { slurm } from './slurm.ts';

/** Every scheduler a job can be rendered for. */
export const SCHEDULERS: readonly Header[] = [slurm, pbspro, gridengine, embedded, docker];

export const schedulerFor = (id: string): Header | undefined => SCHEDULERS.find(each => each.id === id);

/** Those that can also be asked in this version. */
export const DIALECTS: readonly Dialect[] = [slurm, pbspro, gridengine, embedded, docker];
