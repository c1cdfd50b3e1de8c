import type { Output } from '../model/output.ts';

export interface RunOptions {
  /**
   * Bytes arrive as they are, text as UTF-8. Without it the program sees an empty stdin. A text of up to 256 KiB arrives whole,
   * or the program is not started; of anything longer a program may see only a beginning when the connection is lost.
   */
  readonly stdin?: string | Uint8Array | undefined;
  /** Past it the program's process group is killed where it runs: then code is null and signal is `TIMED-OUT`. */
  readonly timeoutMs?: number | undefined;
  readonly cwd?: string | undefined;
}

/** Some machine where jobs live: this one, or one behind ssh. Everything else is small helpers on `run` (design.md 13). */
export interface Remote {
  /**
   * Runs a program there and waits; never throws for an exit code. 127: it is not there; 126: it cannot be started. A program
   * ended by a signal has code null and the signal's name. When the connection is lost meanwhile, code is null and signal is
   * `CONNECTION-LOST`: the program may have run to its end, or not. A connection that cannot be made is a Trouble.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<Output>;
  /** Writes files into a new folder, all or nothing: written beside, then moved. An existing folder is left as it is: answers false. Modes: `*.sh` and `bin/*` 0755. */
  putNew(dir: string, files: Readonly<Record<string, string>>): Promise<boolean>;
  /** Writes one file beside its place and moves it in. */
  putFile(path: string, text: string): Promise<void>;
  /** undefined: not there. */
  get(path: string): Promise<string | undefined>;
  /** Nothing is run afterwards. The system's ssh keeps its connection for the next martlet (see openssh.ts). */
  close(): Promise<void>;
}

/** Values of `signal` that no signal of a system has. */
export const TIMED_OUT = 'TIMED-OUT';
export const CONNECTION_LOST = 'CONNECTION-LOST';
