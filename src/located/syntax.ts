import type { YAMLError } from 'yaml';
import { DEEPEST, TOO_DEEP, type Trap } from './traps.ts';

type Facts = { readonly text: string; readonly error: YAMLError; readonly all: readonly YAMLError[] };

const lineAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return text.slice(start, end === -1 ? undefined : end);
};

/** A finding whose place is not where the parser noticed it. */
type Syntax = Trap & { readonly offset?: number };

const plain = (error: YAMLError, why: string | undefined, hint: string | undefined): Syntax => ({
  code: 'MRT-Y001',
  what: `${error.message.replace(/\.$/, '')}.`,
  why,
  hint,
});

/** A colon and a blank inside a text, or lines that step to the right: YAML's message is the same for both. */
const nestedKey = ({ error, all, text }: Facts): Syntax => {
  const continued = all.some(each => each.code === 'MULTILINE_IMPLICIT_KEY' && each.pos[0] === error.pos[0]);
  const next = text.indexOf('\n', error.pos[0]) + 1;
  if (!continued || next === 0)
    return {
      code: 'MRT-Y001',
      what: 'a second key begins inside a value.',
      why: 'a colon with a blank after it begins a new key.',
      hint: 'put a text that holds ": " in quotes.',
    };
  return {
    code: 'MRT-Y001',
    what: 'this line steps to the right of its neighbours.',
    why: 'only what belongs under a key that ends in a colon does.',
    hint: 'give keys that belong together the same indentation.',
    offset: next + Math.max(0, lineAt(text, next).search(/\S/)),
  };
};

/** The parser notices an open quote at the end of the text; the quote is the last one of its kind. */
const missingCharacter = ({ error, text }: Facts): Syntax => {
  const quote = /closing (["'])/.exec(error.message)?.[1];
  if (quote === undefined) return plain(error, undefined, 'is a colon missing?');
  const offset = text.lastIndexOf(quote, error.pos[0]);
  return { code: 'MRT-Y001', what: 'this quote is never closed.', hint: 'close it where the text ends.', offset };
};

const TAB: Trap = {
  code: 'MRT-Y002',
  what: 'the line is indented with a tab.',
  why: 'YAML takes only blanks for indentation.',
  hint: 'write two blanks for each step.',
};

/**
 * Where brackets go deeper than is taken; else the beginning of the line. The parser ends on its own stack's size, which
 * differs from run to run, so its place is not used.
 */
const deepest = ({ error, text }: Facts): number => {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const each = text[at];
    if (each === '[' || each === '{') depth += 1;
    else if (each === ']' || each === '}') depth -= 1;
    if (depth > DEEPEST) return at;
  }
  return text.lastIndexOf('\n', error.pos[0]) + 1;
};

const FINDINGS: Readonly<Record<string, (facts: Facts) => Syntax>> = {
  TAB_AS_INDENT: () => TAB,
  RESOURCE_EXHAUSTION: facts => ({ ...TOO_DEEP, offset: deepest(facts) }),
  MULTIPLE_DOCS: () => ({
    code: 'MRT-Y012',
    what: 'a second document begins here.',
    why: 'a file holds one recipe, one profile or one overlay.',
    hint: 'take the line with --- away, or make two files.',
  }),
  BLOCK_AS_IMPLICIT_KEY: nestedKey,
  BAD_SCALAR_START: ({ error }) => plain(error, undefined, 'put the text in quotes.'),
  MISSING_CHAR: missingCharacter,
  BAD_INDENT: ({ error }) => plain(error, undefined, 'is a closing bracket missing above?'),
};

/** What to say about an error of the YAML parser: its own sentence, with a hint where the usual reason is known. */
export const syntaxFinding = (error: YAMLError, text: string, all: readonly YAMLError[]): Syntax => {
  if (/^\s*\t/.test(lineAt(text, error.pos[0])) && error.code !== 'MULTIPLE_DOCS') return TAB;
  return FINDINGS[error.code]?.({ error, text, all }) ?? plain(error, undefined, undefined);
};
