/**
 * One word of a command line as data: literal text, a variable of the job's environment, or the id the scheduler gave to
 * another job. Only what is `env`, `idOf` or `when` expands; a literal can hold anything but NUL and never runs as code (G6).
 */
export type Part =
  | { readonly lit: string }
  | { readonly env: string }
  | { readonly idOf: string }
  /** The whole word `flag`, but only where the variable `when` is set and not empty; else no word at all. */
  | { readonly when: string; readonly flag: string };
export type Word = readonly Part[];

export const lit = (text: string): Word => [{ lit: text }];
export const env = (name: string): Part => ({ env: name });
export const idOf = (folder: string): Part => ({ idOf: folder });
export const lits = (...texts: readonly string[]): Word[] => texts.map(lit);

/** word`--node-rank=${env('SLURM_NODEID')}`: strings and numbers become literals, parts stay what they are. */
export const word = (strings: TemplateStringsArray, ...values: readonly (string | number | Part | Word)[]): Word =>
  strings.flatMap((text, i): Part[] => {
    const value = values[i];
    const literal: Part[] = text ? [{ lit: text }] : [];
    if (value === undefined) return literal;
    if (typeof value === 'string' || typeof value === 'number') return [...literal, { lit: String(value) }];
    return [...literal, ...(Array.isArray(value) ? (value as Word) : [value as Part])];
  });

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A literal for bash: plain words stay bare, anything else is single-quoted. NUL cannot travel in an argv and throws. */
export const quote = (text: string): string => {
  if (text.includes('\0')) throw new RangeError('a NUL character cannot be part of a command line');
  // A bare word that looks like an assignment in front of a command, or a leading ~, would be read by bash.
  if (PLAIN.test(text) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
};

const partText = (part: Part): string => {
  if ('lit' in part) return part.lit === '' ? '' : quote(part.lit);
  if ('idOf' in part) return `"$(id_of ${quote(part.idOf)})"`;
  const name = 'when' in part ? part.when : part.env;
  if (!NAME.test(name)) throw new RangeError(`not a variable name: ${name}`);
  if ('when' in part) return `\${${name}:+${quote(part.flag)}}`;
  return `"\${${name}}"`;
};

/** A word as bash text. The empty word is '' and not nothing. */
export const wordText = (value: Word): string => {
  const merged: Part[] = [];
  for (const part of value) {
    const last = merged.at(-1);
    if ('lit' in part && last && 'lit' in last) merged[merged.length - 1] = { lit: last.lit + part.lit };
    else merged.push(part);
  }
  return merged.map(partText).join('') || "''";
};

/** A command on one line. */
export const lineText = (words: readonly Word[]): string => words.map(wordText).join(' ');

/** A command with one word a line, so that a diff shows one flag a line. */
export const blockText = (words: readonly Word[], indent = '  '): string => words.map(wordText).join(` \\\n${indent}`);

/** `export NAME=VALUE`, for names that are variable names. */
export const exportText = (name: string, value: Word): string => {
  if (!NAME.test(name)) throw new RangeError(`not a variable name: ${name}`);
  return `export ${name}=${wordText(value)}`;
};
