import type { Output } from '../model/output.ts';

/** Some machine where jobs live: this one, or one behind ssh. Everything else is small helpers on `run` (design.md 13). */
export interface Remote {
  /** Runs a program there and waits; never throws for an exit code. */
  run(argv: readonly string[], options?: { stdin?: string; timeoutMs?: number; cwd?: string }): Promise<Output>;
  /** Writes files into a new folder, all or nothing: written beside, then moved. An existing folder is left as it is: answers false. Modes: `*.sh` and `bin/*` 0755. */
  putNew(dir: string, files: Readonly<Record<string, string>>): Promise<boolean>;
  /** Writes one file beside its place and moves it in. */
  putFile(path: string, text: string): Promise<void>;
  /** undefined: not there. */
  get(path: string): Promise<string | undefined>;
  close(): Promise<void>;
}
