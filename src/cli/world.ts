import { availableParallelism, homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Here, World } from '../flows/world.ts';
import { VERSION } from '../model/version.ts';
import type { Remote } from '../remote/remote.ts';
import { openShelf } from '../store/shelf.ts';
import { openAssets } from './assets.ts';
import { packageRoot } from './root.ts';

/** Everything outside, built once: the only place where clock, dice, disk and net come in. `over` ends waiting early. */
export const buildWorld = (over: AbortSignal, env: NodeJS.ProcessEnv = process.env): World => {
  const root = packageRoot();
  const here = hereOf(root, env);
  const remotes = new Map<string, Promise<Remote>>();
  return {
    clock: () => new Date(),
    dice: Math.random,
    sleep: ms => sleepFor(ms, undefined, { signal: over }).catch(() => undefined),
    remote: cluster => {
      const open = remotes.get(cluster) ?? openRemote(here);
      remotes.set(cluster, open);
      return open;
    },
    runs: openShelf(join(here.state, 'runs')),
    assets: openAssets(root),
    here,
  };
};

/** Only this machine in this version: the dialects of other schedulers are refused before a connection is asked for. */
const openRemote = async (here: Here): Promise<Remote> => {
  const [{ localRemote }, { openLog }] = await Promise.all([import('../remote/local.ts'), import('./log.ts')]);
  return logged(localRemote(), await openLog(here.state));
};

/** Notes every command that is run elsewhere, with its code and time; never its input or output, which may hold secrets. */
const logged = (remote: Remote, log: Awaited<ReturnType<typeof import('./log.ts').openLog>>): Remote => ({
  ...remote,
  run: async (argv, options) => {
    const started = performance.now();
    const out = await remote.run(argv, options);
    log?.info({ argv, code: out.code, ms: Math.round(performance.now() - started) }, 'ran');
    return out;
  },
});

const hereOf = (root: string, env: NodeJS.ProcessEnv): Here => {
  const home = env.HOME || homedir();
  return {
    user: userOf(env),
    home,
    state: join(env.XDG_STATE_HOME || join(home, '.local', 'state'), 'martlet'),
    config: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'martlet'),
    cwd: process.cwd(),
    node: process.execPath,
    slots: availableParallelism(),
    version: VERSION,
    embedded: [process.execPath, embeddedProgram(root)],
  };
};

/** Where sources run as they are, so does the embedded scheduler; a bundle brings its own. */
const embeddedProgram = (root: string): string =>
  import.meta.filename.endsWith('.ts') ? join(root, 'src', 'embedded', 'main.ts') : join(root, 'dist', 'embedded.mjs');

/** A container may run under a number that no user has a name for. */
const userOf = (env: NodeJS.ProcessEnv): string => {
  try {
    return userInfo().username;
  } catch {
    return env.USER || env.LOGNAME || 'nobody';
  }
};
