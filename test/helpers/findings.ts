import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { printDiagnostic } from '../../src/views/diagnostics.ts';

/** One row of a table of findings: the code that must be said, a sentence somebody could doubt, and a text that brings it. */
export interface FindingRow {
  readonly code: string;
  readonly sentence: string;
  readonly found: () => readonly Diagnostic[];
}

export const printed = (findings: readonly Diagnostic[]): string =>
  findings.map(each => printDiagnostic(each, { colour: false })).join('\n');

/** All rows as one page: what a person reads for each. Compared with a file, so that a change of words is seen. */
export const page = (rows: readonly FindingRow[]): string =>
  rows.map(({ sentence, found }) => `## ${sentence}\n${printed(found())}\n`).join('\n');
