import { join } from 'node:path';
import type { Here } from './world.ts';

/** The folder of the person's own files as they would type it: short where it is in its usual place. */
export const configText = ({ config, home }: Here): string =>
  config === join(home, '.config', 'martlet') ? '~/.config/martlet' : config;
