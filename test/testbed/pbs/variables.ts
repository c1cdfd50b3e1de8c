import type { Call } from './model.ts';
import { Refusal } from './model.ts';
import type { Words } from './words.ts';

const cannotSend = (): Refusal => new Refusal(1, 'qsub: cannot send environment with the job\n');

/** Cuts `-v` at commas that are not inside quotes. */
const splitList = (text: string): string[] => {
  const parts: string[] = [''];
  let quote = '';
  for (const c of text) {
    if (quote === '' && c === ',') parts.push('');
    else parts[parts.length - 1] += c;
    if (quote === '' && c === '"') quote = c;
    else if (c === quote) quote = '';
  }
  return parts;
};

/** What becomes of a value on its way (section 11): backslashes double, a double quote turns into one, a single quote fails. */
const damaged = (value: string): string => {
  if (value.includes("'")) throw cannotSend();
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\');
};

const given = (call: Call, text: string): [string, string][] =>
  splitList(text).map(part => {
    const at = part.indexOf('=');
    if (at >= 0) return [part.slice(0, at), damaged(part.slice(at + 1))];
    const value = call.env[part];
    if (value === undefined) throw cannotSend();
    return [part, damaged(value)];
  });

/** PBS_O_* of the submitter, and what -v and -V bring along. Nothing else of the submitter's environment is inherited. */
export const submitVariables = (call: Call, words: Words, queue: string): readonly (readonly [string, string])[] => {
  const own = (['HOME', 'LANG', 'LOGNAME', 'PATH', 'MAIL', 'SHELL', 'TZ'] as const).flatMap(name =>
    call.env[name] === undefined ? [] : [[`PBS_O_${name}`, call.env[name] ?? ''] as const],
  );
  const system = [
    ['PBS_O_WORKDIR', call.cwd],
    ['PBS_O_SYSTEM', 'Linux'],
    ['PBS_O_QUEUE', queue],
    ['PBS_O_HOST', call.host],
  ] as const;
  const all = words.options.some(([letter]) => letter === 'V') ? Object.entries(call.env) : [];
  const listed = words.options.filter(([letter]) => letter === 'v').flatMap(([, text]) => given(call, text));
  return [...new Map([...own, ...all, ...listed, ...system].map(([name, value]) => [name, value] as const))];
};
