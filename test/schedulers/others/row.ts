import type { Output } from '../../../src/model/output.ts';

/** One output that another project recorded, and what it says to us. Only the lines that matter were taken over. */
export interface Row {
  /** Project and file. */
  readonly from: string;
  readonly read: 'submit' | 'poll' | 'pollPlain' | 'history' | 'cancel' | 'why';
  readonly out: Output;
  readonly ids?: readonly string[];
  /** A part of the reading, maps as objects. */
  readonly is: Readonly<Record<string, unknown>>;
}
