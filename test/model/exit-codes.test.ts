import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/model/exit-codes.ts';
import { TEMPLATES } from '../helpers/templates.ts';

/** Codes that a line of templates/job/ ends the job or a node with. */
const used = Object.entries(TEMPLATES)
  .filter(([path]) => path.startsWith('job/'))
  .flatMap(([, text]) =>
    [...text.matchAll(/\b(?:fail|refuse) (\d+) |\bCODE=(\d\d)$/gm)].map(found => Number(found[1] ?? found[2])),
  );

test('every code that the scripts of a job end with has a meaning, and none is only written down', () => {
  const known = Object.keys(EXIT_CODES).map(Number);
  expect(used.filter(code => !known.includes(code))).toEqual([]);
  // 70 is what an error of the scripts themselves becomes: templates/job/20-diary.sh.
  expect(known.filter(code => !used.includes(code))).toEqual([70]);
});

test('the head of 90-main.sh names the same codes', () => {
  const head = (TEMPLATES['job/90-main.sh'] ?? '').split('\n\n')[0] ?? '';
  for (const code of Object.keys(EXIT_CODES)) expect(head).toMatch(new RegExp(`\\b${code}\\b`));
});
