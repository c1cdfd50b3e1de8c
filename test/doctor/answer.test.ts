import { expect, test } from 'vitest';
import { byQuestion, failureOf, outputOf, readRound } from '../../src/doctor/answer.ts';
import { ask, inOrder, keyOf, secondsOf, wordsOf } from '../../src/doctor/ask.ts';

const text = (value: string): string => `:${Buffer.from(value).toString('base64')}`;

test('what a login prints is kept apart, also without a newline at its end', () => {
  const said = `Welcome!\nQuota: 80% \nmartlet doctor 1\nhello\thost\t=login1\n0\tkind\t=folder\nend\n`;
  const round = readRound(said);
  expect(round?.noise).toBe('Welcome!\nQuota: 80% ');
  expect(round?.hello.get('host')).toBe('login1');
  expect(round?.answers.get(0)?.get('kind')).toBe('folder');
  expect(round?.isWhole).toBe(true);
  expect(readRound('Welcome!\n')).toBeUndefined();
});

test('of an answer that was cut off, what came counts and the rest was not answered', () => {
  const asks = [ask('file', ['/a'], 5), ask('file', ['/b'], 5)];
  const round = readRound('\nmartlet doctor 1\n0\tkind\t=file\n1\tkind\t=file\n1\tread');
  expect(round?.isWhole).toBe(false);
  const answers = byQuestion(asks, round ?? expect.fail('no round'));
  expect(answers.get(keyOf(asks[0] ?? ask('file', [], 0)))?.get('kind')).toBe('file');
  expect(failureOf(answers.get(keyOf(asks[1] ?? ask('file', [], 0))))).toBe('was not answered');
});

test('a text with tabs, newlines or other letters arrives as it is', () => {
  const round = readRound(`\nmartlet doctor 1\n0\tout\t${text('a\tb\n日本語\n')}\n0\tcode\t=0\n0\terr\t=\nend\n`);
  expect(outputOf(round?.answers.get(0))).toEqual({ code: 0, stdout: 'a\tb\n日本語\n', stderr: '' });
});

test('a question that two topics ask is asked once, and what changes something comes last', () => {
  const write = { ...ask('write', ['/w', ''], 15), afterwards: true as const };
  const asks = inOrder([ask('place', ['/w'], 8), write, ask('place', ['/w'], 8), ask('file', ['/f'], 5)]);
  expect(asks.map(each => each.kind)).toEqual(['place', 'file', 'write']);
  expect(wordsOf(asks)).toEqual([
    'place',
    '8',
    '1',
    '/w',
    'file',
    '5',
    '1',
    '/f',
    'then',
    'write',
    '15',
    '2',
    '/w',
    '',
  ]);
  expect(secondsOf(asks)).toBe(23);
});
