import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleepFor } from 'node:timers/promises';
import type { There } from '../flows/login.ts';
import type { Here, RunShelf, World } from '../flows/world.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Trouble } from '../model/trouble.ts';
import { VERSION } from '../model/version.ts';
import type { Remote } from '../remote/remote.ts';
import { stateHome } from '../store/home.ts';
import { openShelf } from '../store/shelf.ts';
import { printDiagnostic } from '../views/diagnostics.ts';
import { openAssets } from './assets.ts';
import { knownLogin } from './known-login.ts';
import { packageRoot } from './root.ts';

/** What of the edge the world needs: whom to tell, and when waiting is over. */
interface Ends {
  readonly over: AbortSignal;
  /** A person is there to be asked. */
  readonly isInteractive?: boolean;
  err(text: string): void;
}

export interface OpenedWorld extends World {
  /** Ends the connections that this process alone holds. */
  close(): Promise<void>;
}

/** Everything outside, built once: the only place where clock, dice, disk and net come in. */
export const buildWorld = (terminal: Ends, env: NodeJS.ProcessEnv = process.env): OpenedWorld => {
  const root = packageRoot();
  const state = findState(env);
  const here = hereOf(state.directory, env);
  const remotes = new Map<string, Promise<Remote>>();
  /** Nobody waits at the end for a connection that was begun early and is not there yet. */
  const ending = new AbortController();
  const begun = (cluster: string, early?: AbortSignal): Promise<Remote> => {
    const opening = remotes.get(cluster) ?? openRemote(cluster, world, { terminal, env, root, early });
    remotes.set(cluster, opening);
    return opening;
  };
  const world: OpenedWorld = {
    clock: () => new Date(),
    dice: Math.random,
    // Ctrl-C in a watch ends the pause, too.
    sleep: ms => sleepFor(ms, undefined, { signal: terminal.over }).catch(() => undefined),
    remote: cluster => {
      const opening = begun(cluster);
      // The next round tries anew.
      opening.catch(() => remotes.delete(cluster));
      return opening;
    },
    reach: async cluster => {
      begun(cluster, ending.signal).catch(() => undefined);
      // The program is started in this turn, and works while what follows keeps this process busy.
      await setImmediate();
    },
    close: async () => {
      ending.abort();
      const opened = await Promise.allSettled(remotes.values());
      await Promise.allSettled(opened.map(each => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    },
    hostKey: async (host, port) =>
      (await import('../remote/host-key.ts')).findHostKey(host, port, env.MARTLET_SSH_CONFIG),
    runs: shelfIn(state, terminal),
    assets: openAssets(root),
    here,
  };
  return world;
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
  if (refused) return { ...shelf, writePlan: refuse, replacePlan: refuse, open: refuse };
  return {
    ...shelf,
    writePlan: (run, text) => {
      if (warning) terminal.err(`${printDiagnostic(warning, { colour: false })}\n`);
      shelf.writePlan(run, text);
    },
  };
};

/** What every connection is opened with. */
interface Means {
  readonly terminal: Ends;
  readonly env: NodeJS.ProcessEnv;
  readonly root: string;
  readonly early: AbortSignal | undefined;
}

/** This machine, where a cluster's jobs are sent from here; else the login node of its profile. */
const openRemote = async (cluster: string, world: World, means: Means): Promise<Remote> => {
  const { here } = world;
  const there = await knownLogin(cluster, world);
  const remote = there === undefined ? await openHere(here, means.root) : await openThere(there, means);
  return logged(remote, () => import('./log.ts').then(({ openLog }) => openLog(here.state)));
};

/** Behind ssh; with a person at the terminal passwords and unknown host keys are asked about. */
const openThere = async (
  { login, loginShell, scheduler }: There,
  { terminal, env, root, early }: Means,
): Promise<Remote> => {
  const { openRemote: openSsh } = await import('../remote/open.ts');
  const prompt = terminal.isInteractive ? (await import('./ask.ts')).askPrompt : undefined;
  const remote = await openSsh(login, { loginShell, prompt, env, early, configPath: env.MARTLET_SSH_CONFIG });
  if (scheduler !== 'docker') return remote;
  return (await import('./far-docker.ts')).withFarDocker(remote, root);
};

const openHere = async (here: Here, root: string): Promise<Remote> => {
  const { localRemote } = await import('../remote/local.ts');
  // The walk and the questions call the scheduler's program, which is ours; it keeps its queue beside the runs.
  const env = {
    MARTLET_LOCAL: join(root, 'bin', 'martlet-local'),
    MARTLET_NODE: process.execPath,
    MARTLET_EMBEDDED_DIR: join(here.state, 'embedded'),
    MARTLET_DOCKER: join(root, 'bin', 'martlet-docker'),
    MARTLET_DOCKER_DIR: join(here.state, 'docker', 'spool'),
  };
  return localRemote({ env });
};

/** Notes every command that is run elsewhere, with its code and time; never its input or output, which may hold secrets. */
const logged = (remote: Remote, openLog: () => ReturnType<typeof import('./log.ts').openLog>): Remote => {
  let opening: ReturnType<typeof openLog> | undefined;
  return {
    ...remote,
    run: async (argv, options) => {
      const started = performance.now();
      const running = remote.run(argv, options);
      // Meanwhile: what writes a log takes longer to load than to write.
      opening ??= openLog();
      const [out, log] = await Promise.all([running, opening]);
      log?.info({ argv, code: out.code, ms: Math.round(performance.now() - started) }, 'ran');
      return out;
    },
  };
};

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
