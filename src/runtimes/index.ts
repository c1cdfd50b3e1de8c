import { apptainer } from './apptainer.ts';
import { docker } from './docker.ts';
import { none } from './none.ts';
import { pyxis } from './pyxis.ts';
import type { Runtime } from './runtime.ts';
import { singularity } from './singularity.ts';

/** Every container program. */
export const RUNTIMES: readonly Runtime[] = [singularity, apptainer, pyxis, docker, none];

export const runtimeFor = (id: string): Runtime | undefined => RUNTIMES.find(each => each.id === id);
