import { lits, word } from '../shell/word.ts';
import type { Dialect } from './dialect.ts';
import { ownProgram } from './own-program.ts';

/** The scheduler of cluster `local`: martlet-local, a program of ours (src/embedded). MARTLET_LOCAL names it. */
export const embedded: Dialect = {
  ...ownProgram({
    name: 'martlet-local',
    variable: 'MARTLET_LOCAL',
    idPattern: '^([0-9]+)$',
    nameLimit: 230, // martlet-local takes 255 characters; its output file NAME.out must be a file name
    submitWords: name => [word`--output=${name}.out`],
  }),
  id: 'embedded',
  title: 'martlet-local',
  manual: 'src/embedded/README.md',
  keeps: [
    ...['MARTLET_EMBEDDED_DIR', 'MARTLET_LOCAL_SLOTS', 'MARTLET_NODE', 'LC_CTYPE'],
    ...['XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'],
  ],
  killGraceSeconds: 8, // templates/embedded/companion.sh waits 10 s between TERM and KILL
  jobIdVar: 'MARTLET_LOCAL_JOB_ID',
  jobNameVar: 'MARTLET_LOCAL_JOB_NAME',
  hosts: () => lits('uname', '-n'),
  // Its queue tells no more of a waiting job than poll does.
  why: nativeId => ['sh', '-c', 'exec "$MARTLET_LOCAL" "$@"', 'martlet-local', 'poll', nativeId],
  pollSeconds: 0.5,
  graceSeconds: 5,
};
