import { lits, word } from '../shell/word.ts';
import type { Dialect } from './dialect.ts';
import { ownProgram } from './own-program.ts';

/**
 * The scheduler of cluster `docker`: martlet-docker, a program of ours (src/docker) that gives each job to the engine of one
 * machine as a container of its own. MARTLET_DOCKER names it.
 */
export const docker: Dialect = {
  ...ownProgram({
    name: 'martlet-docker',
    variable: 'MARTLET_DOCKER',
    // The container's id as `docker ps` shows it.
    idPattern: '^([0-9a-f]{12})$',
    nameLimit: 200, // of its folder, NAME.12345678, and a little to spare
    options: ({ socket }) => (typeof socket === 'string' ? [`--socket=${socket}`] : []),
    submitWords: name => [word`--container=container.json`, word`--output=${name}.out`],
  }),
  id: 'docker',
  title: 'martlet-docker',
  manual: 'src/docker/README.md',
  keeps: [
    ...['MARTLET_DOCKER_DIR', 'MARTLET_DOCKER_SLOTS', 'MARTLET_DOCKER_SOCKET', 'MARTLET_DOCKER_GRACE_SECONDS'],
    ...['MARTLET_NODE', 'DOCKER_HOST', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'],
  ],
  jobIsContainer: true,
  killGraceSeconds: 25, // templates/docker/companion.sh waits 30 s between TERM and KILL
  jobIdVar: 'MARTLET_DOCKER_JOB_ID',
  jobNameVar: 'MARTLET_DOCKER_JOB_NAME',
  hosts: () => lits('uname', '-n'),
  // A question is a few milliseconds of an engine on one machine.
  pollSeconds: 1,
  graceSeconds: 5,
};
