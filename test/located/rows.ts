import { decodeText, isDirectory, LARGEST_TEXT_BYTES, tooLarge } from '../../src/located/decode.ts';
import { parseLocated } from '../../src/located/parse.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { FindingRow } from '../helpers/findings.ts';

const row = (code: string, sentence: string, text: string): FindingRow => ({
  code,
  sentence,
  found: () => parseLocated('x.yaml', text).diagnostics,
});
const bytesRow = (code: string, sentence: string, bytes: Uint8Array): FindingRow => ({
  code,
  sentence,
  found: () => decodeText('x.yaml', bytes).diagnostics,
});
const one = (finding: Diagnostic | undefined): readonly Diagnostic[] => (finding ? [finding] : []);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A billion values in nine lines, each naming the one before nine times. */
export const BILLION_LAUGHS = [
  'a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]',
  ...'bcdefghi'.split('').map((name, index) => {
    const before = 'abcdefgh'[index];
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
  }),
].join('\n');

/** にほん in Shift_JIS, after two lines of ASCII. */
const SHIFT_JIS = Uint8Array.from([...utf8('martlet: 1\nname: small\ntitle: '), 0x82, 0xc9, 0x82, 0xd9, 0x82, 0xf1]);
const UTF_16 = Uint8Array.from([0xff, 0xfe, 0x61, 0x00, 0x3a, 0x00]);

export const LOCATED_ROWS: readonly FindingRow[] = [
  row('MRT-Y001', 'a text with a colon in it needs quotes', 'title: Swallow: the bird\n'),
  row('MRT-Y001', 'a line that steps to the right of its neighbours belongs to nothing', 'a: 1\n b: 2\n'),
  row('MRT-Y001', 'a quote that is not closed goes on to the end', 'title: "abc\nname: x\n'),
  row('MRT-Y001', 'a brace that is not closed is missed at the next line', 'a: {b: 1\nc: 2\n'),
  row('MRT-Y001', 'a text cannot begin with @', 'a: @x\n'),
  row('MRT-Y001', 'two broken lines are two findings', 'a: @x\nb: 1\nc: `y\n'),
  row('MRT-Y002', 'a tab is no indentation', 'a:\n\tb: 1\n'),
  row('MRT-Y002', 'a tab in a list is no indentation either', 'a:\n  - b\n\t- c\n'),
  row('MRT-Y003', 'a key twice is told with the line of the first', 'a: 1\nb: 2\na: 3\n'),
  row('MRT-Y003', 'a key twice inside braces is found too', 'a: {lr: 1, lr: 2}\n'),
  row('MRT-Y004', 'a billion laughs are refused', BILLION_LAUGHS),
  row('MRT-Y004', 'an alias needs an anchor in front of it', 'a: *b\nb: &b 1\n'),
  row('MRT-Y004', 'an alias inside its own anchor never ends', 'a: &x [1, *x]\n'),
  row('MRT-Y005', 'a merge key is refused', 'base: &b {x: 1}\nmine: {<<: *b, y: 2}\n'),
  row('MRT-Y006', 'a tag of our own is refused', 'a: !mine 1\n'),
  row('MRT-Y006', 'a tag that builds objects is refused', 'a: !!python/object:os.system {}\n'),
  row('MRT-Y007', 'a number is no key', 'a: {1: one}\n'),
  row('MRT-Y007', 'a list is no key', '? [a, b]\n: 1\n'),
  row('MRT-Y007', '__proto__ is no key', 'a: {__proto__: {x: 1}}\n'),
  row('MRT-Y007', 'nothing is no key', 'a: {: 1}\n'),
  row('MRT-Y008', "Norway's no is no key", 'countries: {no: Norway}\n'),
  row('MRT-Y008', 'on and y are no keys', 'on: 1\ny: 2\n'),
  row('MRT-Y009', 'a number with a 0 in front is octal to some', 'a: 0644\n'),
  row('MRT-Y009', '0o17 is not read everywhere', 'a: 0o17\n'),
  row('MRT-Y009', 'a hexadecimal number is not read everywhere', 'a: 0x1f\n'),
  row('MRT-Y010', 'infinity is no number', 'a: .inf\n'),
  row('MRT-Y010', 'not a number is no number', 'a: .nan\n'),
  row('MRT-Y010', 'a commit that looks like a number is kept as text only in quotes', 'commit: 12e4567\n'),
  row('MRT-Y010', 'a number of twenty digits is not exact', 'a: 12345678901234567890\n'),
  row('MRT-Y011', 'an empty file holds nothing', ''),
  row('MRT-Y011', 'a file of comments holds nothing', '# nothing yet\n\n'),
  row('MRT-Y012', 'a second document is refused', 'a: 1\n---\nb: 2\n'),
  row('MRT-Y013', 'a list is no recipe', '- a\n- b\n'),
  row('MRT-Y013', 'a single word is no recipe', 'hello\n'),
  row('MRT-Y014', 'a thousand brackets are nested too deep', `a: ${'['.repeat(1000)}${']'.repeat(1000)}\n`),
  row('MRT-Y014', 'a hundred brackets are nested too deep', `a: ${'['.repeat(100)}${']'.repeat(100)}\n`),
  row('MRT-Y017', 'old Macintosh line endings are named', 'a: 1\rb: 2\r'),
  row('MRT-Y019', 'a text cannot ask for YAML 1.1', '%YAML 1.1\n---\na: no\n'),
  row('MRT-Y020', 'a comma inside braces ends a text: it is read whole, with a warning', 'a: {note: one, two, x: 1}\n'),
  bytesRow('MRT-Y015', 'a file of 50 MB is refused by its size', new Uint8Array(50e6)),
  bytesRow('MRT-Y016', 'Shift_JIS is told with its first byte', SHIFT_JIS),
  bytesRow('MRT-Y016', 'UTF-16 is told by its name', UTF_16),
  bytesRow('MRT-Y017', 'a NUL character is refused', utf8('a: 1\nb: x\0y\n')),
  { code: 'MRT-Y018', sentence: 'a directory is no file', found: () => [isDirectory('recipes/')] },
  {
    code: 'MRT-Y015',
    sentence: 'a size is refused before anything is read',
    found: () => one(tooLarge('x.yaml', LARGEST_TEXT_BYTES + 1)),
  },
];
