import type { Diagnostic, Place } from '../model/diagnostic.ts';
import { displayWidth, printable } from './look.ts';

export interface DiagnosticLook {
  /** Terminal colours. */
  readonly colour: boolean;
}

type Paint = (text: string) => string;
const code =
  (n: number, on: boolean): Paint =>
  text =>
    on ? `\u001b[${n}m${text}\u001b[0m` : text;

/** Columns of source text that are shown; a longer line is cut around the marked part. */
const WIDTH = 100;

/** A character that would move the cursor or turn the text around is drawn as one other, so that carets stay in place. */
const drawable = (text: string): string =>
  text
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD')
    .toWellFormed();

/** The part of a line around a place that fits, with dots where it was cut. */
const cut = (text: string, { column, length }: Place): { line: string; before: string; marked: string } => {
  const start = text.length <= WIDTH ? 0 : Math.max(0, Math.min(column - 1 - 30, text.length - WIDTH));
  const line = text.slice(start, start + WIDTH);
  const lead = start > 0 ? '...' : '';
  const end = Math.min(column - 1 + length, start + WIDTH);
  return {
    line: lead + line + (start + WIDTH < text.length ? '...' : ''),
    before: lead + text.slice(start, column - 1),
    marked: text.slice(column - 1, end),
  };
};

/** The line a place is on, and carets under it. */
const frame = (at: Place, mark: Paint): string[] => {
  if (!at.text) return [];
  const { line, before, marked } = cut(drawable(at.text), at);
  const number = String(at.line).padStart(4);
  const carets = '^'.repeat(Math.max(1, displayWidth(marked)));
  return [`${number} | ${line}`, `     | ${' '.repeat(displayWidth(before))}${mark(carets)}`];
};

/** A finding as a person reads it: place, code, what; the line; why and hint. No line break at the end. */
export const printDiagnostic = (finding: Diagnostic, { colour }: DiagnosticLook): string => {
  const mark = code(finding.severity === 'error' ? 31 : 33, colour);
  const bold = code(1, colour);
  const at = finding.at ? `${bold(`${finding.at.file}:${finding.at.line}:${finding.at.column}`)}: ` : '';
  return [
    `${at}${mark(`${finding.severity}[${finding.code}]`)}: ${printable(finding.what)}`,
    ...(finding.at ? frame(finding.at, mark) : []),
    ...(finding.why ? [`  why: ${printable(finding.why)}`] : []),
    ...(finding.hint ? [`  hint: ${printable(finding.hint)}`] : []),
  ].join('\n');
};
