import type { Boxed } from '../runtimes/runtime.ts';
import type { Word } from '../shell/word.ts';

/** The shape a launcher spreads a command over. */
export interface Spread {
  readonly nodes: number;
  /** 1: one process a node (torchrun below it); else one rank per GPU. */
  readonly ranksPerNode: number;
  /** The profile's and overlay's `launcher_args`. */
  readonly args: readonly string[];
  /** Names of variables the remote side needs before node.sh is read (PATH, LD_LIBRARY_PATH). */
  readonly carry: readonly string[];
}

/** One way to be on every node. Argv in, argv out; the host file it may need is written by the prelude to $MARTLET_HOSTFILE. */
export interface Launcher {
  readonly id: string;
  readonly manual: string;
  /** Variables it sets in each process it starts: global rank, rank on the node, and how many there are. */
  readonly rankVar: string;
  readonly localRankVar: string;
  readonly sizeVar: string;
  /** A file of templates/job/ whose functions its words call. */
  readonly template?: string | undefined;
  /** Where the nodes are made up by the launcher itself, the words that print them; else the scheduler's. */
  hosts?(nodes: number): readonly Word[];
  spread(boxed: Boxed, shape: Spread): readonly Word[];
}
