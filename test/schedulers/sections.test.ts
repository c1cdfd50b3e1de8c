import { describe, expect, test } from 'vitest';
import { commandText, programText, readSections } from '../../src/schedulers/sections.ts';
import { run } from '../helpers/bash.ts';
import { NASTY } from '../helpers/dice.ts';

const asked = (text: string, ...args: readonly string[]) => readSections(run(['sh', '-c', text, 'sh', ...args]));

describe('several programs as one', () => {
  test('each has its own output, both streams together, and its own exit code', () => {
    const answers = asked(
      programText([
        { name: 'a', command: 'echo out; echo err >&2; exit_code() { return 7; }; exit_code' },
        { name: 'b', command: 'printf "no line end"' },
        { name: 'c', command: 'no-such-program-here' },
        { name: 'd', command: 'true' },
      ]),
    );
    expect(answers?.get('a')).toMatchObject({ code: 7, stdout: 'out\nerr\n' });
    expect(answers?.get('b')).toMatchObject({ code: 0, stdout: 'no line end' });
    expect(answers?.get('c')?.code).toBe(127);
    expect(answers?.get('d')).toMatchObject({ code: 0, stdout: '' });
  });

  test('one that is only for bad or good news is run only then', () => {
    const names = (first: string) => [
      ...(asked(
        programText([
          { name: 'first', command: first },
          { name: 'good', after: 'good', command: 'true' },
        ]),
      )?.keys() ?? []),
    ];
    expect(names('true')).toEqual(['first', 'good']);
    expect(names('false')).toEqual(['first']);
    const bad = programText([
      { name: 'first', command: 'false' },
      { name: 'bad', after: 'bad', command: 'true' },
    ]);
    expect([...(asked(bad)?.keys() ?? [])]).toEqual(['first', 'bad']);
  });

  test('words that a shell would read arrive as they are, and arguments have an answer each', () => {
    const odd = NASTY.filter(text => !/[\n\r]/.test(text));
    const answers = asked(
      programText([{ name: 'odd', command: commandText(['printf', '%s\\n', ...odd]) }], 'echo "<$each>"'),
      'a',
      'b',
    );
    expect(answers?.get('odd')?.stdout).toBe(`${odd.join('\n')}\n`);
    expect([answers?.get('a')?.stdout, answers?.get('b')?.stdout]).toEqual(['<a>\n', '<b>\n']);
  });

  test('two thousand arguments have two thousand answers', () => {
    const ids = Array.from({ length: 2000 }, (_, i) => `id-${i}`);
    const answers = asked(programText([], 'echo "$each"'), ...ids);
    expect(ids.filter(id => answers?.get(id)?.stdout !== `${id}\n`)).toEqual([]);
  });

  test('an answer that is cut anywhere is none', () => {
    const whole = run([
      'sh',
      '-c',
      programText([
        { name: 'a', command: 'echo x' },
        { name: 'b', command: 'echo y' },
      ]),
    ]);
    expect(readSections(whole)?.size).toBe(2);
    for (let length = 0; length < whole.stdout.length - 1; length += 1)
      expect([length, readSections({ ...whole, stdout: whole.stdout.slice(0, length) })]).toEqual([length, undefined]);
  });
});
