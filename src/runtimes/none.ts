import type { Runtime } from './runtime.ts';

/** No container: modules and a virtual environment, as the public scripts of the Swallow team do it. */
export const none: Runtime = {
  id: 'none',
  manual: 'templates/job/node-20-setup.sh',
  around: 'program',
  box: argv => ({ argv, launcherFlags: [] }),
};
