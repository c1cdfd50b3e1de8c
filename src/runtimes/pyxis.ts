import type { Part, Word } from '../shell/word.ts';
import { lit, word } from '../shell/word.ts';
import type { BoxBind, Runtime } from './runtime.ts';

const mounts = (binds: readonly BoxBind[]): Word =>
  binds.flatMap(({ from, to, readOnly }, i): Part[] => [
    { lit: i ? ',' : '--container-mounts=' },
    ...word`${from}:${to}${readOnly ? ':ro' : ''}`,
  ]);

/**
 * enroot below Slurm: the container is a flag of srun, so node.sh itself runs inside and exports what the program sees.
 * That is why no --container-env is needed, without which the image's own value of a variable wins.
 */
export const pyxis: Runtime = {
  id: 'pyxis',
  manual: 'https://github.com/NVIDIA/pyxis',
  around: 'node-script',
  launchers: ['srun'],
  box: (argv, box) => ({
    argv,
    launcherFlags: [
      word`--container-image=${box.image}`,
      ...(box.binds.length ? [mounts(box.binds)] : []),
      ...(box.workdir === undefined ? [] : [word`--container-workdir=${box.workdir}`]),
      lit('--no-container-mount-home'),
    ],
  }),
};
