import type { HostKey } from '../remote/host-key.ts';
import type { Remote } from '../remote/remote.ts';
import type { Store } from '../store/store.ts';

/** Everything outside that a flow may touch. Built once in cli/, and in tests with counting or failing parts. */
export interface World {
  readonly clock: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 <= dice() < 1, for run ids and jitter. */
  readonly dice: () => number;
  /** The machine jobs of a cluster are sent from; `local` needs no connection. */
  readonly remote: (cluster: string) => Promise<Remote>;
  /** Begins to connect to a cluster that will be needed in a moment, and returns meanwhile; trouble is told by `remote`. */
  readonly reach?: (cluster: string) => Promise<void>;
  /** Which entry of this person's known_hosts vouches for a host of their ssh config; undefined: none was found. */
  readonly hostKey?: (host: string, port?: number) => Promise<HostKey | undefined>;
  readonly runs: RunShelf;
  /** Files that come with martlet, and the person's own. */
  readonly assets: Assets;
  readonly here: Here;
}

/** Facts of this machine and person that a plan may need; nothing else of the process is read by a flow. */
export interface Here {
  readonly user: string;
  readonly home: string;
  /** `$XDG_STATE_HOME/martlet`. */
  readonly state: string;
  /** `$XDG_CONFIG_HOME/martlet`. */
  readonly config: string;
  readonly cwd: string;
  /** The Node binary that runs martlet; a rehearsal's trainer runs on it too. */
  readonly node: string;
  readonly version: string;
}

/** Reading files that a person wrote or that come along; texts are handed on to the pure half. */
export interface Assets {
  /** A file as bytes; undefined: not there. Throws Trouble for a directory or an unreadable file. */
  read(path: string): Uint8Array | undefined;
  /** Path of a file that comes with martlet: `clusters/abci3.yaml`. */
  shipped(path: string): string;
  /** Names in a folder that comes with martlet, sorted: `clusters` gives abci3.yaml, ... */
  listShipped(folder: string): readonly string[];
  list(folder: string): readonly string[];
  /** Writes beside, then renames; makes folders. */
  write(path: string, text: string): void;
  exists(path: string): boolean;
  /** Removes a file, and the folders that are empty without it. */
  remove(path: string): void;
}

/** The folder of known runs on this machine: `$XDG_STATE_HOME/martlet/runs/RUN/{plan.json, head.json, events.db}`. */
export interface RunShelf {
  list(): readonly string[];
  readPlan(run: string): string | undefined;
  /** Written beside, then moved; refuses another text under the same run id. */
  writePlan(run: string, text: string): void;
  /** The next plan of a run; refuses when the stored one has not the digest `before`. */
  replacePlan(run: string, before: string, text: string): void;
  /** What following needs of the plan (plan/tracked.ts), derived from it; undefined: nobody has derived it yet. */
  readHead(run: string): string | undefined;
  writeHead(run: string, text: string): void;
  open(run: string): Store;
  /** Runs it while no other martlet of this machine does; the lock dies with its process. */
  exclusively<T>(act: () => T): T;
  readonly directory: string;
}
