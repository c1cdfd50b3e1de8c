import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import { formatBytes } from '../model/units.ts';

/** The largest text that is read, in bytes. Recipes and profiles have a few kilobytes; parsing costs about 1 s a megabyte. */
export const LARGEST_TEXT_BYTES = 2 ** 20;

/** A finding about a whole file, at its first character. */
const about = (file: string, finding: Omit<Diagnostic, 'at' | 'severity'>): Diagnostic => ({
  ...finding,
  severity: 'error',
  at: { file, line: 1, column: 1, length: 1 },
});

/** To be asked with the size a directory listing shows, before a file is read. */
export const tooLarge = (file: string, bytes: number): Diagnostic | undefined =>
  bytes <= LARGEST_TEXT_BYTES
    ? undefined
    : about(file, {
        code: 'MRT-Y015',
        what: `the file has ${bytes} bytes (${formatBytes(bytes)}).`,
        why: `at most ${formatBytes(LARGEST_TEXT_BYTES)} are read.`,
        hint: 'is this the right file? a recipe names data, it does not hold it.',
      });

/** What to say when a file turns out to be a directory. */
export const isDirectory = (file: string): Diagnostic =>
  about(file, {
    code: 'MRT-Y018',
    what: `${file} is a directory.`,
    why: 'a YAML file is wanted here.',
    hint: `name a file in it: ${file.replace(/\/$/, '')}/NAME.yaml`,
  });

const UTF16 = 'the file looks like UTF-16. save it as UTF-8.';

/** The offset of the first byte that is not UTF-8, by reading ever shorter beginnings (halving). */
const firstBad = (bytes: Uint8Array): number => {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      // `stream` forgives a character that is cut off at the end.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
};

const notUtf8 = (file: string, bytes: Uint8Array): Diagnostic => {
  const offset = firstBad(bytes);
  const before = bytes.subarray(0, offset);
  const line = before.reduce((lines, byte) => lines + Number(byte === 10), 1);
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return {
    code: 'MRT-Y016',
    severity: 'error',
    what: `byte ${offset + 1} is 0x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}, which is not UTF-8 here.`,
    why: 'texts are UTF-8.',
    hint: wide ? UTF16 : 'save the file as UTF-8, or convert it: iconv -f SHIFT_JIS -t UTF-8',
    at: { file, line, column: offset - before.lastIndexOf(10), length: 1 },
  };
};

/** Bytes of a file to text: refuses what is too large, what is not UTF-8, and NUL characters. */
export const decodeText = (file: string, bytes: Uint8Array): Checked<string> => {
  const large = tooLarge(file, bytes.length);
  if (large) return { diagnostics: [large] };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { diagnostics: [notUtf8(file, bytes)] };
  }
  const nul = text.indexOf('\0');
  if (nul === -1) return { value: text, diagnostics: [] };
  const before = text.slice(0, nul);
  return {
    diagnostics: [
      {
        code: 'MRT-Y017',
        severity: 'error',
        what: 'a NUL character.',
        why: 'no text holds one.',
        hint: before.length < 4 ? UTF16 : 'is this the right file? it looks like a binary one.',
        at: { file, line: before.split('\n').length, column: nul - before.lastIndexOf('\n'), length: 1 },
      },
    ],
  };
};
