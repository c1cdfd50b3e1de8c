import type { Code } from './codes.ts';
import { compareText } from './compare.ts';

/** Where something is written: file as the person named it, 1-based line and column, length in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  /** The text of that line, for the frame under the message. */
  readonly text?: string | undefined;
}

/** Something a person can mend in a text: what happened, why, what next; where is a field, never prose. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  readonly at?: Place | undefined;
  /** Full path of the value, `stages.cpt.optimizer.lr`; plan/ turns it into `at` by the recipe's origins. */
  readonly path?: string | undefined;
  /** The rule of the program that is broken, where such rules are numbered: `megatron-67`. */
  readonly rule?: string | undefined;
}

/** A value together with everything that is to be said about it; the value is missing when an error stops it. */
export interface Checked<T> {
  readonly value?: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(each => each.severity === 'error');

/** By file, line and column; those without a place come last. Sorted by code for equal places, so output is stable. */
export const sortByPlace = (diagnostics: readonly Diagnostic[]): Diagnostic[] =>
  [...diagnostics].sort((a, b) => {
    if (!a.at || !b.at) return Number(!a.at) - Number(!b.at) || compareText(a.code, b.code);
    return (
      compareText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      compareText(a.code, b.code)
    );
  });
