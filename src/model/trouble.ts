import type { Code } from './codes.ts';

/** Trouble with the world (a full disk, a refused login): no line of a text is to blame, so none is invented. */
export interface TroubleFacts {
  readonly code: Code;
  /** What was being done, as a clause: "writing the plan". */
  readonly doing: string;
  /** The command as it could be pasted, when one was run. */
  readonly command?: string | undefined;
  /** What the other side answered, whole. */
  readonly said?: string | undefined;
  /** How things stand now. */
  readonly left?: string | undefined;
  /** The next command to type, or the next thing to do. */
  readonly hint?: string | undefined;
}

/** Thrown by the I/O half only and caught once, in cli/, which prints the facts and exits 3 (4 when partly applied). */
export class Trouble extends Error {
  readonly facts: TroubleFacts;
  readonly exitCode: 1 | 2 | 3 | 4;
  constructor(facts: TroubleFacts, exitCode: 1 | 2 | 3 | 4 = 3) {
    super(`${facts.doing}: ${facts.said ?? 'failed'}`);
    this.name = 'Trouble';
    this.facts = facts;
    this.exitCode = exitCode;
  }
}
