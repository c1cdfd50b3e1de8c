/** What a program said when it ended. `code` is null when a signal ended it. */
export interface Output {
  readonly code: number | null;
  readonly signal?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}
