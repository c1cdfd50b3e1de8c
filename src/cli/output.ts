import { type Checked, type Diagnostic, hasErrors } from '../model/diagnostic.ts';
import type { Look } from '../views/look.ts';
import type { Terminal } from './terminal.ts';

/** One JSON object on one line. */
export const outJson = (value: unknown, terminal: Terminal): void => terminal.out(JSON.stringify(value));

/** Findings on stderr; with --json as one object on stdout when they end the command. Answers the value, if there is one. */
export const valueOrFindings = async <T>(
  checked: Checked<T>,
  isJson: boolean,
  terminal: Terminal,
): Promise<T | undefined> => {
  await sayFindings(checked.diagnostics, isJson, terminal);
  if (checked.value !== undefined && !hasErrors(checked.diagnostics)) return checked.value;
  if (isJson) outJson({ ok: false, diagnostics: checked.diagnostics }, terminal);
  return undefined;
};

/** Every finding with its line, a blank line between them. */
export const findingsText = async (diagnostics: readonly Diagnostic[], look: Look): Promise<string> => {
  const { printDiagnostic } = await import('../views/diagnostics.ts');
  return diagnostics.map(each => printDiagnostic(each, { colour: look.color })).join('\n\n');
};

const sayFindings = async (diagnostics: readonly Diagnostic[], isJson: boolean, terminal: Terminal): Promise<void> => {
  if (isJson || diagnostics.length === 0) return;
  terminal.err(`${await findingsText(diagnostics, terminal.errLook)}\n`);
};
