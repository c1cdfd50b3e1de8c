/** How text is to be drawn. `width` in columns (Infinity when nobody looks at a terminal); `color`: ANSI colours are wanted. */
export interface Look {
  readonly width: number;
  readonly color: boolean;
}

export const PLAIN: Look = { width: Number.POSITIVE_INFINITY, color: false };

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
} as const;
export type Tint = keyof typeof CODES;

/** Colours a text when colours are wanted; the text must be printable already. */
export const tint = (look: Look, name: Tint, text: string): string =>
  look.color && text !== '' ? `\x1b[${CODES[name][0]}m${text}\x1b[${CODES[name][1]}m` : text;

/**
 * Text of a recipe, a scheduler or a log as it may go to a terminal: control characters become visible, so that no title can
 * move the cursor or change colours. Newlines become blanks; see `printableLines`.
 */
export const printable = (text: string): string => printableLines(text).replace(/\s*\n\s*/g, ' ');

/** The same, and newlines stay. */
export const printableLines = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    // C0 without newline, DEL, C1, and the characters that reverse the reading direction.
    .replace(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

const ANSI = /\x1b\[[0-9;]*m/g;
/** East Asian wide and full-width blocks (Unicode TR 11), and emoji; enough for names and titles. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NARROWLESS = /\p{Mark}|\u200d/u;

const charWidth = (char: string): number => (NARROWLESS.test(char) ? 0 : WIDE.test(char) ? 2 : 1);

/** Columns a text takes on a terminal, colours not counted. */
export const displayWidth = (text: string): number => {
  const bare = text.replace(ANSI, '');
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  return [...bare].reduce((sum, char) => sum + charWidth(char), 0);
};

/** Cuts to so many columns, the last one an ellipsis; text with colours in it is left whole. */
export const cut = (text: string, columns: number): string => {
  if (displayWidth(text) <= columns || text.includes('\x1b')) return text;
  let taken = '';
  let width = 0;
  for (const char of text) {
    width += charWidth(char);
    if (width > columns - 1) break;
    taken += char;
  }
  return `${taken}…`;
};

/** The same from the front: a place keeps its line and column. */
export const cutStart = (text: string, columns: number): string => {
  if (displayWidth(text) <= columns || text.includes('\x1b')) return text;
  const chars = [...text];
  while (chars.length > 0 && displayWidth(chars.join('')) > columns - 1) chars.shift();
  return `…${chars.join('')}`;
};

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;

/** Words on lines of at most `look.width` columns (100 where there is no limit), each line after the first indented. */
export const wrap = (text: string, look: Look, indent = ''): string => {
  const limit = Math.max(30, Math.min(look.width, 100));
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= limit)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : indent + word);
  }
  return lines.join('\n');
};
