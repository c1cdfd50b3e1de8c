import type { TroubleFacts } from '../model/trouble.ts';
import { type Look, printable, printableLines, tint } from './look.ts';

/** Trouble with the world in five lines at most: what was being done, the command, what it said, how things stand, what next. */
export const troubleText = (facts: TroubleFacts, look: Look): string =>
  [
    `${tint(look, 'red', `error[${facts.code}]`)}: failed while ${printable(facts.doing)}.`,
    ...(facts.command ? [`  command: ${printable(facts.command)}`] : []),
    ...(facts.said?.trim() ? [`  it said: ${indented(printableLines(facts.said.trim()))}`] : []),
    ...(facts.left ? [`  now:     ${printable(facts.left)}`] : []),
    ...(facts.hint ? [`  hint:    ${printable(facts.hint)}`] : []),
  ].join('\n');

const indented = (text: string): string => text.split('\n').join('\n           ');

export const troubleJson = (facts: TroubleFacts) => ({ error: facts });
