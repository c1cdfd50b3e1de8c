import type { Diagnostic, Place } from '../model/diagnostic.ts';

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

/** Control characters of a file must not reach the terminal; each is drawn as one character, so carets stay in place. */
const printable = (text: string): string => text.replace(/\t/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\uFFFD');

/** East Asian wide characters take two columns, which the carets must follow. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const columns = (text: string): number => [...text].reduce((sum, each) => sum + (WIDE.test(each) ? 2 : 1), 0);

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
  const { line, before, marked } = cut(printable(at.text), at);
  const number = String(at.line).padStart(4);
  const carets = '^'.repeat(Math.max(1, columns(marked)));
  return [`${number} | ${line}`, `     | ${' '.repeat(columns(before))}${mark(carets)}`];
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

/** Many findings, one after the other with a blank line between, as `check` prints them. */
export const diagnosticsText = (findings: readonly Diagnostic[], look: { readonly color: boolean }): string =>
  findings.map(each => printDiagnostic(each, { colour: look.color })).join('\n\n');
