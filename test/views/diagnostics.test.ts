import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { printDiagnostic } from '../../src/views/diagnostics.ts';

const finding = (text: string, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'MRT-R001',
  severity: 'error',
  what: 'it is wrong.',
  at: { file: 'r.yaml', line: 7, column, length, text },
  ...more,
});
const lines = (each: Diagnostic, colour = false): string[] => printDiagnostic(each, { colour }).split('\n');

test('a finding is its place and code, the line with carets, why and hint', () => {
  const found = finding('  lr: fast', 7, 4, { why: 'expected a number.', hint: 'write 1.0e-5.' });
  expect(lines(found)).toEqual([
    'r.yaml:7:7: error[MRT-R001]: it is wrong.',
    '   7 |   lr: fast',
    '     |       ^^^^',
    '  why: expected a number.',
    '  hint: write 1.0e-5.',
  ]);
});

test('a finding without a place has no invented one', () => {
  expect(lines({ code: 'MRT-R012', severity: 'warning', what: 'it is odd.' })).toEqual([
    'warning[MRT-R012]: it is odd.',
  ]);
});

test('carets stand under Japanese text, which is two columns wide', () => {
  expect(lines(finding('題: 燕 x', 6, 1))[2]).toBe(`     | ${' '.repeat(7)}^`);
  expect(lines(finding('題: 燕', 4, 1))[2]).toBe('     |     ^^');
});

test('a long line is cut around the place, and the carets follow', () => {
  const text = `${'a'.repeat(300)}HERE${'b'.repeat(300)}`;
  const [, line = '', carets = ''] = lines(finding(text, 301, 4));
  expect(line.length).toBeLessThan(120);
  expect(line.slice(carets.indexOf('^'), carets.indexOf('^') + 4)).toBe('HERE');
  expect(carets.trim().split(' ').at(-1)).toBe('^^^^');
});

test('no text of a file can move the cursor, ring the bell or turn the line around', () => {
  const text = 'a: "\u001b[2J\u0007\u202e\u0000"';
  const shown = printDiagnostic(finding(text, 4, 8, { what: `it is ${text}.`, hint: text }), { colour: false });
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test('colours are there when wanted and nowhere else', () => {
  const found = finding('a: 1', 4, 1);
  expect(printDiagnostic(found, { colour: true })).toContain('\u001b[31m');
  expect(printDiagnostic(found, { colour: false })).not.toContain('\u001b');
});
