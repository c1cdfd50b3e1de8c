import type { Word } from '../shell/word.ts';

/** A folder or file of the host inside the container; a word, since a scratch folder is a variable of the job. */
export interface BoxBind {
  readonly from: Word;
  readonly to: Word;
  readonly readOnly: boolean;
}

/** What a container needs to know; paths are of the cluster. */
export interface Box {
  readonly image: string;
  readonly workdir: string | undefined;
  readonly binds: readonly BoxBind[];
  /** Names (not values) of variables of node.sh that the program must see inside. */
  readonly environment: readonly string[];
  /** Directories put in front of a path variable inside the container, `LD_LIBRARY_PATH` for one. */
  readonly prepend: Readonly<Record<string, readonly string[]>>;
  readonly gpus: boolean;
}

/** A command, and the flags it needs on the launcher (pyxis alone needs them: its container is a flag of srun). */
export interface Boxed {
  readonly argv: readonly Word[];
  readonly launcherFlags: readonly Word[];
}

/** One container program. Argv in, argv out. */
export interface Runtime {
  readonly id: string;
  readonly manual: string;
  /** Where the container begins: around the program inside node.sh, or around node.sh itself (pyxis). */
  readonly around: 'program' | 'node-script';
  /**
   * It starts with an empty environment, and takes NAME from the host's `<passPrefix>NAME`. node.sh exports those,
   * because values on a command line would end at a comma and show in process lists.
   */
  readonly passPrefix?: string | undefined;
  /** The launchers it can be used with; undefined: all. */
  readonly launchers?: readonly string[] | undefined;
  box(argv: readonly Word[], box: Box): Boxed;
}
