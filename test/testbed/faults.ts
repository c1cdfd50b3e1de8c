import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Wish } from './faultproxy.ts';
import type { Settings } from './pbs/settings.ts';

/** The testbed's scripts as functions: each does what the head of the script says, and throws with the script's own words. */
const HERE = import.meta.dirname;
export const TESTBED_DIR = process.env.MARTLET_TESTBED_DIR ?? '/tmp/martlet-testbed';

const run = promisify(execFile);

export const script = async (name: string, ...words: readonly string[]): Promise<string> => {
  const { stdout } = await run(join(HERE, `${name}.sh`), words, { maxBuffer: 1 << 26 });
  return stdout;
};

const verb =
  (name: string, ...words: readonly string[]) =>
  async (): Promise<void> => {
    await script(name, ...words);
  };
const verbOf =
  (name: string, word: string) =>
  async (what: string): Promise<void> => {
    await script(name, word, what);
  };

export const slurm = {
  stopController: verb('slurm', 'ctld-stop'),
  killController: verb('slurm', 'ctld-kill'),
  startController: verb('slurm', 'ctld-start'),
  stopAccounting: verb('slurm', 'dbd-stop'),
  startAccounting: verb('slurm', 'dbd-start'),
  /** gpu-1..gpu-4. Half a minute until the controller calls it down. */
  killNode: verbOf('slurm', 'node-kill'),
  startNode: verbOf('slurm', 'node-start'),
  /** At once: jobs end in NODE_FAIL, or are queued again. */
  downNode: verbOf('slurm', 'node-down'),
  resumeNode: verbOf('slurm', 'node-resume'),
  /** The job's time limit strikes within half a minute. */
  timeOut: verbOf('slurm', 'time-out'),
};

export const gridengine = {
  stopMaster: verb('ge', 'master-stop'),
  killMaster: verb('ge', 'master-kill'),
  startMaster: verb('ge', 'master-start'),
  /** Of a master that is stopped. */
  nextId: verbOf('ge', 'master-next-id'),
  /** gen-1..gen-3. */
  killNode: verbOf('ge', 'node-kill'),
  startNode: verbOf('ge', 'node-start'),
  disableNode: verbOf('ge', 'node-disable'),
  enableNode: verbOf('ge', 'node-enable'),
};

export const pbs = {
  stopServer: verb('pbs', 'server-stop'),
  killServer: verb('pbs', 'server-kill'),
  startServer: verb('pbs', 'server-start'),
  pauseServer: verb('pbs', 'server-pause'),
  resumeServer: verb('pbs', 'server-resume'),
  /** hnode001..hnode004. */
  killNode: verbOf('pbs', 'node-kill'),
  startNode: verbOf('pbs', 'node-start'),
  set: async (settings: Partial<Settings>): Promise<void> => {
    await script('pbs', 'set', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`));
  },
};

type Node = 'login' | 'jump';

export const ssh = {
  /** A client configuration with mt-login, mt-login-via-jump and mt-login-faulty. */
  config: join(TESTBED_DIR, 'sshd/client/ssh_config'),
  proxy: async (wish: Wish): Promise<void> => {
    await script('sshd', 'fault', JSON.stringify(wish));
  },
  /** The proxy as at the start: it passes everything on, at once. */
  heal: async (): Promise<void> => {
    await script('sshd', 'fault', JSON.stringify({ mode: 'pass', delay: 0, rate: 0, cut: 0, next: 0 } satisfies Wish));
  },
  proxyState: async (): Promise<Wish & { accepted: number; faulted: number; open: number }> =>
    JSON.parse(await script('sshd', 'fault-state')),
  stopNode: (node: Node) => verbOf('sshd', 'node-stop')(node),
  startNode: (node: Node) => verbOf('sshd', 'node-start')(node),
  pause: (node: Node) => verbOf('sshd', 'pause')(node),
  resume: (node: Node) => verbOf('sshd', 'resume')(node),
  killSessions: (node: Node) => verbOf('sshd', 'kill-sessions')(node),
  deny: verb('sshd', 'deny'),
  allow: verb('sshd', 'allow'),
  changeHostKey: verb('sshd', 'rekey'),
  noise: (isOn: boolean) => verbOf('sshd', 'noise')(isOn ? 'on' : 'off'),
  /** Such as de_DE.UTF-8; undefined: as it was. */
  locale: (name: string | undefined) => verbOf('sshd', 'locale')(name ?? 'off'),
  /** Programs of a session see a clock so many seconds ahead; undefined: the real one. */
  clock: (seconds: number | undefined) => verbOf('sshd', 'clock')(seconds === undefined ? 'off' : String(seconds)),
};

export const docker = {
  stopDaemon: verb('docker', 'daemon-stop'),
  killDaemon: verb('docker', 'daemon-kill'),
  startDaemon: verb('docker', 'daemon-start'),
};

export const podman = {
  stopApi: verb('podman', 'api-stop'),
  killApi: verb('podman', 'api-kill'),
  startApi: verb('podman', 'api-start'),
};

export type ShimScheduler = 'slurm' | 'gridengine' | 'pbs';

/** How a command misbehaves; `times`: on so many calls, 0 for every one until it is cleared. */
export type Misbehaviour = { readonly times?: number } & (
  | { readonly kind: 'slow'; readonly seconds: number }
  /** It does not ask, and answers this. */
  | { readonly kind: 'answer'; readonly code: number; readonly stdout?: string; readonly stderr?: string }
  /** It asks for real, and answers this instead. */
  | { readonly kind: 'lost'; readonly code: number; readonly stderr: string }
  /** The ssh session breaks, before it asks for real or after; `crash`: whoever called it dies too. */
  | { readonly kind: 'cut' | 'crash'; readonly when?: 'before' | 'after' }
);

/** A submit that was done, and of which nobody heard: the words of each scheduler for it. */
export const LOST_ANSWER = {
  slurm: 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n',
  gridengine:
    'Unable to run job: failed receiving gdi request response for mid=1 (got syncron message receive timeout error).\nExiting.\n',
  pbs: 'qsub: End of File\n',
} as const;

/** One call of a scheduler's command, as its shim noted it. */
export interface Asked {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly scheduler: ShimScheduler;
  readonly program: string;
  readonly argv: readonly string[];
  /** The misbehaviour that this call met; empty: none. */
  readonly fault: string;
}

export const shims = {
  /** Its folder, for a PATH or for `dialect_options.bin`. */
  folder: (scheduler: ShimScheduler): string => join(TESTBED_DIR, 'shims', scheduler),
  misbehave: async (scheduler: ShimScheduler, program: string, how: Misbehaviour): Promise<void> => {
    await script('shims', 'fault', scheduler, program, ...Object.entries(how).map(([key, value]) => `${key}=${value}`));
  },
  /** Of one scheduler, because tests of others run beside. */
  clear: (scheduler: ShimScheduler): Promise<void> => verbOf('shims', 'clear')(scheduler),
  /** From now on calls are noted; what was noted before is forgotten. */
  record: async (): Promise<void> => {
    await script('shims', 'log', 'clear');
    await script('shims', 'log', 'on');
  },
  stopRecording: verb('shims', 'log', 'off'),
  asked: async (): Promise<readonly Asked[]> => {
    const text = await readFile(join(TESTBED_DIR, 'shims/calls.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Asked);
  },
};
