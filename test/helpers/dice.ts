/** Numbers that look random and are the same in every run: 0 <= dice() < 1 (mulberry32). */
export const dice = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** Texts that broke somebody's quoting once. */
export const NASTY: readonly string[] = [
  '',
  ' ',
  "'",
  '"',
  '`id`',
  '$(id)',
  '${HOME}',
  '$HOME',
  '\\',
  'a b',
  'two\nlines',
  '\ttab',
  '-n',
  '--flag',
  '*',
  '~',
  '!history!',
  '#comment',
  'a;b&c|d>e<f',
  '{a,b}',
  "it's \"quoted\" 'twice'",
  '日本語 – ünï 🐦',
];

const CHARACTERS = [
  ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
  ...[
    "'",
    '"',
    '`',
    '$',
    '$(',
    '${',
    ')',
    '}',
    '\\',
    '\n',
    '\t',
    '\r',
    '-',
    '--',
    ' ',
    '!',
    'é',
    '語',
    '🐦',
    '\u2028',
    '\u007f',
  ],
];

/** A text of up to 24 pieces, rich in characters that shells read. */
export const randomText = (next: () => number): string =>
  Array.from({ length: Math.floor(next() * 24) }, () => CHARACTERS[Math.floor(next() * CHARACTERS.length)] ?? '').join(
    '',
  );
