import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Here, RunShelf, World } from '../flows/world.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { VERSION } from '../model/version.ts';
import type { Remote } from '../remote/remote.ts';
import { stateHome } from '../store/home.ts';
import { openShelf } from '../store/shelf.ts';
import { printDiagnostic } from '../views/diagnostics.ts';
import { openAssets } from './assets.ts';
import { packageRoot } from './root.ts';

/** What of the edge the world needs: whom to tell, and when waiting is over. */
interface Ends {
  readonly over: AbortSignal;
  err(text: string): void;
}

/** Everything outside, built once: the only place where clock, dice, disk and net come in. */
export const buildWorld = (terminal: Ends, env: NodeJS.ProcessEnv = process.env): World => {
  const root = packageRoot();
  const state = findState(env);
  const here = hereOf(state.directory, env);
  const remotes = new Map<string, Promise<Remote>>();
  return {
    clock: () => new Date(),
    dice: Math.random,
    // Ctrl-C in a watch ends the pause, too.
    sleep: ms => sleepFor(ms, undefined, { signal: terminal.over }).catch(() => undefined),
    remote: cluster => {
      const open = remotes.get(cluster) ?? openRemote(cluster, here, root);
      remotes.set(cluster, open);
      return open;
    },
    knownHost: async (host, port) => (await import('../remote/known-host.ts')).knownHost(host, port),
    runs: shelfIn(state, terminal),
    assets: openAssets(root),
    here,
  };
};

interface FoundState {
  readonly directory: string;
  readonly warning?: Diagnostic | undefined;
  /** There is no place to write to; what only reads goes on without one. */
  readonly refused?: Trouble | undefined;
}

const homeOf = (env: NodeJS.ProcessEnv): string => env.HOME || homedir();

const findState = (env: NodeJS.ProcessEnv): FoundState => {
  try {
    return stateHome({ env, home: homeOf(env), uid: process.getuid?.() ?? 0 });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { directory: join(env.XDG_STATE_HOME || join(homeOf(env), '.local', 'state'), 'martlet'), refused: error };
  }
};

/** Check, plan and render need no state folder: it is missed only when a run is to be stored or opened. */
const shelfIn = ({ directory, warning, refused }: FoundState, terminal: Ends): RunShelf => {
  const shelf = openShelf(join(directory, 'runs'));
  const refuse = (): never => {
    throw refused;
  };
  if (refused) return { ...shelf, writePlan: refuse, open: refuse };
  return {
    ...shelf,
    writePlan: (run, text) => {
      if (warning) terminal.err(`${printDiagnostic(warning, { colour: false })}\n`);
      shelf.writePlan(run, text);
    },
  };
};

/** Only this machine in this version: to look at it in the name of another site would be a lie. */
const refuseFar = (cluster: string, root: string): void => {
  if (cluster === 'local' || cluster === 'docker' || !existsSync(join(root, 'clusters', `${cluster}.yaml`))) return;
  throw new Trouble({
    code: 'MRT-S001',
    doing: `connecting to ${cluster}`,
    said: 'connections to other machines are not in this version',
    hint: 'martlet doctor local looks at this machine.',
  });
};

const openRemote = async (cluster: string, here: Here, root: string): Promise<Remote> => {
  refuseFar(cluster, root);
  const [{ localRemote }, { openLog }] = await Promise.all([import('../remote/local.ts'), import('./log.ts')]);
  // The walk and the questions call the embedded scheduler's program; it keeps its queue beside the runs.
  const env = {
    MARTLET_LOCAL: join(root, 'bin', 'martlet-local'),
    MARTLET_NODE: process.execPath,
    MARTLET_EMBEDDED_DIR: join(here.state, 'embedded'),
  };
  return logged(localRemote({ env }), await openLog(here.state));
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

const hereOf = (state: string, env: NodeJS.ProcessEnv): Here => {
  const home = homeOf(env);
  return {
    user: userOf(env),
    home,
    state,
    config: join(env.XDG_CONFIG_HOME || join(home, '.config'), 'martlet'),
    cwd: process.cwd(),
    // Tests put a quick program in the place of the Node that runs the rehearsal trainer.
    node: env.MARTLET_REHEARSAL_NODE || process.execPath,
    version: VERSION,
  };
};

/** A container may run under a number that no user has a name for. */
const userOf = (env: NodeJS.ProcessEnv): string => {
  try {
    return userInfo().username;
  } catch {
    return env.USER || env.LOGNAME || 'nobody';
  }
};
