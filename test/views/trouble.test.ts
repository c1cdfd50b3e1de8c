import { expect, test } from 'vitest';
import { PLAIN } from '../../src/views/look.ts';
import { troubleText } from '../../src/views/trouble.ts';

test('trouble says what was being done, the command, what it said, how things stand, and what next', () => {
  const text = troubleText(
    {
      code: 'MRT-W011',
      doing: 'writing plan.json',
      command: 'tee plan.json',
      said: 'no space is left\non the disk\n',
      left: 'the file is as it was before.',
      hint: 'make room and run this again.',
    },
    PLAIN,
  );
  expect(text).toBe(`error[MRT-W011]: failed while writing plan.json.
  command: tee plan.json
  it said: no space is left
           on the disk
  now:     the file is as it was before.
  hint:    make room and run this again.`);
});
