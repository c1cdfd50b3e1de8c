import type { Place } from '../model/diagnostic.ts';
import { redacted } from './redact.ts';
import type { Scene } from './transcript.ts';

/** A script with its lines, as findings point at it; secrets are stars. */
export interface ScriptText {
  /** As the person typed it. */
  readonly path: string;
  readonly lines: readonly string[];
}

export const scriptText = (path: string, text: string): ScriptText => ({
  path,
  lines: text.split('\n').map(line => redacted(line.replace(/\r$/, ''))),
});

/** A line of the script, and of it the first place of `token`; the whole line where it has none. */
export const placeAt = (script: ScriptText, line: number | undefined, token?: string): Place | undefined => {
  const text = line === undefined ? undefined : script.lines[line - 1];
  if (line === undefined || text === undefined) return undefined;
  const found = token === undefined ? -1 : text.indexOf(token);
  const start = found >= 0 ? found : text.length - text.trimStart().length;
  const length = found >= 0 && token !== undefined ? token.length : Math.max(1, text.trim().length);
  return { file: script.path, line, column: start + 1, length, text };
};

const isComment = (line: string): boolean => line.trimStart().startsWith('#');

/** First line from `from` on (1 is the first) that holds the word; comments do not count. */
export const lineWith = (script: ScriptText, word: string, from = 1): number | undefined => {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const whole = new RegExp(`(^|[\\s"'=(])${escaped}(?=$|[\\s"'=)\\\\])`);
  const index = script.lines.findIndex((line, at) => at + 1 >= from && !isComment(line) && whole.test(line));
  return index < 0 ? undefined : index + 1;
};

/** Last line before `before` on which a variable is set. */
export const assignmentOf = (
  script: ScriptText,
  name: string,
  before = Number.POSITIVE_INFINITY,
): number | undefined => {
  const form = new RegExp(`(^|[\\s;])(export\\s+)?${name}\\+?=`);
  const index = script.lines.findLastIndex((line, at) => at + 1 < before && !isComment(line) && form.test(line));
  return index < 0 ? undefined : index + 1;
};

/** The variable that a flag's value is made of alone: `--lr ${LR}` has LR. */
const variableBehind = (flag: string, command: string): string | undefined => {
  const escaped = flag.replace(/[-]/g, '\\-');
  return new RegExp(`(?:^|\\s)${escaped}[\\s=]+"?\\$\\{?([A-Za-z_]\\w*)\\}?"?(?=\\s|$)`).exec(command)?.[1];
};

/** Where a flag's value is written: the line that sets its variable, or the line with the flag. */
export const placeOfFlag = (
  script: ScriptText,
  flag: string,
  scene: Scene | undefined,
  values: readonly string[] = [''],
): Place | undefined => {
  // What stands behind a bare flag is another's.
  const variable = scene && values.length === 1 ? variableBehind(flag, scene.command) : undefined;
  const set = variable === undefined ? undefined : assignmentOf(script, variable, scene?.line);
  if (set !== undefined) return placeAt(script, set, variable);
  return placeAt(script, lineWith(script, flag), flag);
};
