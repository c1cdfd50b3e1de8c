import type { Command } from 'commander';
import type { World } from '../flows/world.ts';
import type { Terminal } from './terminal.ts';

/** What a command gets besides its arguments. The world is built only when a command asks for it. */
export interface Edge {
  readonly terminal: Terminal;
  readonly world: () => Promise<World>;
}

/** Done; the text has errors; wrong usage; the world refused; partly applied. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** Adds a command's arguments, options and example, and what it does. The action answers the exit code. */
export type Define = (command: Command, act: Act) => void;
export type Act = <A extends unknown[]>(
  body: (edge: Edge, ...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;

/** Wrong usage found after commander has parsed: printed as one line and a hint, exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
