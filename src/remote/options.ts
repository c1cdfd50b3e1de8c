/** Asks the person one question and gives the line typed; `echo: false` for what nobody else should read. */
export type Prompt = (question: string, how: { readonly echo: boolean }) => Promise<string>;

export interface RemoteOptions {
  /** Default: what the login says, else the system's ssh where there is one. */
  readonly transport?: 'ssh' | 'ssh2' | undefined;
  /**
   * There is a person at a terminal. The system's ssh asks on the terminal itself and uses only the presence of this; ssh2 asks
   * through it. Without it nothing is ever asked, and what would be is a Trouble.
   */
  readonly prompt?: Prompt | undefined;
  /** For a connection to be made, jump hosts included; a person's typing does not count. Default 30 seconds. */
  readonly timeoutMs?: number | undefined;
  /** The first `run` waits for the connection, and nobody before it; aborted, it is given up while it is being made. */
  readonly early?: AbortSignal | undefined;
  /** An idle connection is asked for a sign of life this often; three without an answer and it is lost. Default 15. */
  readonly aliveSeconds?: number | undefined;
  /** Programs get the environment of a login shell (`dialect_options.login_shell`). */
  readonly loginShell?: boolean | undefined;
  /** Read instead of ~/.ssh/config and /etc/ssh/ssh_config, as `ssh -F`. */
  readonly configPath?: string | undefined;
  /** Default: this process's own. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The system's ssh: where its socket may be made; default $XDG_RUNTIME_DIR/martlet, else /tmp/martlet-UID. */
  readonly socketFolder?: string | undefined;
  /** The system's ssh: how long its connection stays after the last command, for the next martlet. Default 600. */
  readonly persistSeconds?: number | undefined;
  /** The system's ssh: `close` ends the connection, too. */
  readonly endsMaster?: boolean | undefined;
}

export const CONNECT_MS = 30_000;
export const ALIVE_SECONDS = 15;
export const ALIVE_TIMES = 3;
export const PERSIST_SECONDS = 600;
