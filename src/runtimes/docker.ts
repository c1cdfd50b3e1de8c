import { lit, lits, word } from '../shell/word.ts';
import { prepended } from './family.ts';
import type { Runtime } from './runtime.ts';

/** Docker on one machine. A signal to the ranks does not cross its process namespace: engines with a duration flag only. */
export const docker: Runtime = {
  id: 'docker',
  manual: 'https://docs.docker.com/reference/cli/docker/container/run/',
  around: 'program',
  launchers: ['local'],
  box: (argv, box) => ({
    argv: [
      // The network and the shared memory of the host: NCCL needs both, and /dev/shm is 64 MB in a container of its own.
      ...lits('docker', 'run', '--rm', '--init', '--network=host', '--ipc=host'),
      ...(box.gpus ? [lit('--gpus=all')] : []),
      ...box.binds.map(({ from, to, readOnly }) => word`--volume=${from}:${to}${readOnly ? ':ro' : ''}`),
      // The name alone: docker takes the value from its own environment, so no value is in a process list.
      ...box.environment.map(name => word`--env=${name}`),
      ...(box.workdir === undefined ? [] : [word`--workdir=${box.workdir}`]),
      lit(box.image),
      ...prepended(argv, box.prepend),
    ],
    launcherFlags: [],
  }),
};
