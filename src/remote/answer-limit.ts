import { Trouble } from '../model/trouble.ts';
import { lineText, lits } from '../shell/word.ts';

/** One answer is at most this long: a log is read in pieces, and a status of 10,000 jobs is a few megabytes. */
export const ANSWER_BYTES = 268_435_456;

export const tooLong = (argv: readonly string[]): Trouble =>
  new Trouble({
    code: 'MRT-W028',
    doing: 'reading the answer of a command',
    command: lineText(lits(...argv)),
    said: `more than ${ANSWER_BYTES} bytes`,
    left: 'the command was ended.',
  });
