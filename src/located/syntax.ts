import type { YAMLError } from 'yaml';
import type { Trap } from './traps.ts';

type Facts = { readonly text: string; readonly error: YAMLError; readonly all: readonly YAMLError[] };

const lineAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return text.slice(start, end === -1 ? undefined : end);
};

const plain = (error: YAMLError, why: string | undefined, hint: string | undefined): Trap => ({
  code: 'MRT-Y001',
  what: `${error.message.replace(/\.$/, '')}.`,
  why,
  hint,
});

/** A colon and a blank inside a text, or lines that step to the right: YAML's message is the same for both. */
const nestedKey = ({ error, all, text }: Facts): Trap => {
  const continued = all.some(each => each.code === 'MULTILINE_IMPLICIT_KEY' && each.pos[0] === error.pos[0]);
  if (continued) {
    const next = text.indexOf('\n', error.pos[0]) + 1;
    const column = lineAt(text, next).search(/\S/) + 1;
    return plain(
      error,
      `the next line begins in column ${column}, to the right of its neighbours.`,
      'give keys that belong together the same indentation.',
    );
  }
  return plain(error, 'a colon with a blank after it begins a new key.', 'put a text that holds ": " in quotes.');
};

const TAB: Trap = {
  code: 'MRT-Y002',
  what: 'the line is indented with a tab.',
  why: 'YAML takes only blanks for indentation.',
  hint: 'write two blanks for each step.',
};

const DEEP: Trap = {
  code: 'MRT-Y014',
  what: 'the text is nested too deep to be read.',
  why: 'nothing martlet reads is as deep.',
};

const FINDINGS: Readonly<Record<string, (facts: Facts) => Trap>> = {
  TAB_AS_INDENT: () => TAB,
  RESOURCE_EXHAUSTION: () => DEEP,
  MULTIPLE_DOCS: () => ({
    code: 'MRT-Y012',
    what: 'a second document begins here.',
    why: 'a file holds one recipe, one profile or one overlay.',
    hint: 'take the line with --- away, or make two files.',
  }),
  BLOCK_AS_IMPLICIT_KEY: nestedKey,
  BAD_SCALAR_START: ({ error }) => plain(error, undefined, 'put the text in quotes.'),
  MISSING_CHAR: ({ error }) =>
    plain(
      error,
      undefined,
      /quote/.test(error.message) ? 'close the quote where the text ends.' : 'is a colon missing?',
    ),
  BAD_INDENT: ({ error }) => plain(error, undefined, 'is a closing bracket missing above?'),
};

/** What to say about an error of the YAML parser: its own sentence, with a hint where the usual reason is known. */
export const syntaxFinding = (error: YAMLError, text: string, all: readonly YAMLError[]): Trap => {
  if (/^\s*\t/.test(lineAt(text, error.pos[0])) && error.code !== 'MULTIPLE_DOCS') return TAB;
  return FINDINGS[error.code]?.({ error, text, all }) ?? plain(error, undefined, undefined);
};
