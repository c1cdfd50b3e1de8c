import { describe, expect, test } from 'vitest';
import { findMathVerify, type PythonWith } from '../../helpers/python.ts';
import { readAnswers } from './answers.ts';
import { jsonl, prepare, type RlRow } from './prepare.ts';

const found = findMathVerify();
const absent = 'absent' in found ? found.absent : undefined;
const python = found as PythonWith;
const JSONL = ['--data-source', 'mine', '--write', 'jsonl'];
const KEEP = [...JSONL, '--truths', 'keep'];
const problem = (i: number, rest = {}): object => ({ prompt: `What is ${i} + ${i}?`, answer: 2 * i, ...rest });
const hundred = Array.from({ length: 100 }, (_, i) => problem(i));
const prompts = (rows: readonly RlRow[]): (string | undefined)[] => rows.map(each => each.prompt.at(-1)?.content);

interface Dropped {
  readonly line: number;
  readonly reason: string;
}
const reasons = (dropped: readonly Dropped[]): string[] => dropped.map(each => `${each.line} ${each.reason}`);

describe.skipIf(absent !== undefined)(`the data for veRL${absent ? ` (skipped: ${absent})` : ''}`, () => {
  test('has the columns that veRL reads, with the instruction below the prompt', async () => {
    const record = { question: 'Six times seven?', solution: 42, id: 'q7' };
    const named = ['--columns', 'prompt=question,answer=solution,id=id', '--instruction', 'Use \\boxed{}.'];
    const { lines, made } = await prepare(python, { 'a.jsonl': jsonl(record) }, 'a.jsonl', ...JSONL, ...named);
    expect(lines('train.jsonl')).toEqual([
      {
        data_source: 'mine',
        prompt: [{ role: 'user', content: 'Six times seven?\n\nUse \\boxed{}.' }],
        ability: 'math',
        reward_model: { style: 'rule', ground_truth: '42' },
        extra_info: { index: 0, split: 'train', id: 'q7' },
      },
    ]);
    expect(made).toEqual(['counts.json', 'dropped.jsonl', 'train.jsonl']);
  });

  const BAD: readonly (readonly [string, string | Buffer, string])[] = [
    ['no JSON', '{"prompt": "a", ', 'no JSON'],
    ['a blank line', '', 'a blank line'],
    ['a list', '[1]', 'not an object but list'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'not UTF-8 at byte 2'],
    ['no such column', '{"prompt": "a"}', 'no column answer; there are prompt'],
    ['an empty prompt', '{"prompt": " ", "answer": "1"}', 'prompt does not end with a text of the user'],
    ['a prompt that is a number', '{"prompt": 1, "answer": "1"}', 'prompt is neither a text nor a chat but int'],
    ['a chat with a role nobody knows', '{"prompt": [{"role": "bot", "content": "a"}], "answer": "1"}', 'no role of'],
    [
      'a chat that ends with the assistant',
      '{"prompt": [{"role": "assistant", "content": "a"}], "answer": "1"}',
      'does not end',
    ],
    ['an empty answer', '{"prompt": "a", "answer": "  "}', 'answer is empty'],
    ['an answer that is true', '{"prompt": "a", "answer": true}', 'neither a text nor a number but bool'],
    ['no answer', '{"prompt": "a", "answer": null}', 'neither a text nor a number but NoneType'],
    ['two answers', '{"prompt": "a", "answer": ["1", "2"]}', 'neither a text nor a number but list'],
    ['an answer that is no number', '{"prompt": "a", "answer": NaN}', 'no JSON: NaN'],
    ['half a character', '{"prompt": "a\\ud800", "answer": "1"}', 'prompt has half a character at 1'],
  ];

  test('names every bad line by its number, all at once, and writes nothing', async () => {
    const good = Buffer.from(jsonl(problem(1)));
    const file = Buffer.concat([good, ...BAD.flatMap(([, line]) => [Buffer.from(line), Buffer.from('\n')])]);
    const { code, stderr, stdout } = await prepare(python, { 'a.jsonl': file }, 'a.jsonl', ...KEEP);
    const told = stderr.split('\n').filter(line => line.startsWith('a.jsonl:'));
    expect(told.length).toBe(BAD.length);
    for (const [i, [, , what]] of BAD.entries()) {
      expect(told[i]).toContain(`a.jsonl:${i + 2}: `);
      expect(told[i]).toContain(what);
    }
    expect(stderr).toContain(`${BAD.length} bad lines of ${BAD.length + 1}: nothing is written`);
    expect([code, stdout]).toEqual([1, '']);
    const without = await prepare(python, { 'a.jsonl': file }, 'a.jsonl', ...KEEP, '--drop-bad');
    expect(without.code).toBe(0);
    expect(JSON.parse(without.stdout)).toEqual({ read: 16, train: 1, validation: 0, dropped: { bad: BAD.length } });
    expect(without.lines('dropped.jsonl').length).toBe(BAD.length);
  });

  test('leaves nothing out without a line and a reason, and its counts add up', async () => {
    const of = (prompt: string, answer: unknown, license: string | null = 'MIT', dataset = ['math']): object => ({
      prompt,
      answer,
      license,
      dataset,
    });
    const file = jsonl(
      of('One?', '1'),
      of('Two?', '2', 'gpl-3.0'),
      of('Three?', '3', null),
      of('Four?', '4', 'MIT', ['code']),
      of('ｏｎｅ ?', '1'),
      of('Five?', '5'),
      of('Five?', '6'),
      of('Prove it.', 'Suppose the contrary holds for some prime'),
      of('Six?', '\\frac{12}{2}', 'Apache-2.0'),
      of('Seven?', '7'),
    );
    const rules = [
      '--filter',
      '{"dataset": {"contains": "math"}}',
      '--licenses',
      'mit,apache-2.0',
      '--exclude',
      'test.jsonl',
    ];
    const files = { 'a.jsonl': file, 'test.jsonl': jsonl({ prompt: 'SEVEN?' }) };
    const { stdout, lines } = await prepare(
      python,
      files,
      'a.jsonl',
      ...JSONL,
      ...rules,
      '--columns',
      'prompt=prompt,answer=answer,license=license',
    );
    expect(prompts(lines('train.jsonl'))).toEqual(['One?', 'Six?']);
    expect(reasons(lines('dropped.jsonl'))).toEqual([
      '2 license',
      '3 no license',
      '4 filter',
      '5 repeat',
      '6 conflict',
      '7 conflict',
      '8 truth',
      '10 excluded',
    ]);
    const dropped = { conflict: 2, excluded: 1, filter: 1, license: 1, 'no license': 1, repeat: 1, truth: 1 };
    expect(JSON.parse(stdout)).toEqual({ read: 10, train: 2, validation: 0, dropped });
  });

  test('reads every truth of the table but the words', async () => {
    const rows = readAnswers().filter(each => each.kind !== 'words' && !/[ア③]/.test(each.truth));
    const truths = [...new Set(rows.map(each => each.truth))];
    const file = jsonl(...truths.map((answer, i) => ({ prompt: `No. ${i}`, answer })));
    const { stdout, lines } = await prepare(python, { 'a.jsonl': file }, 'a.jsonl', ...JSONL);
    expect(lines<Dropped>('dropped.jsonl').map(each => truths[each.line - 1])).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({ train: truths.length });
  });

  test('holds out the same rows whatever the order of the lines, and others with another seed', async () => {
    const held = async (records: readonly object[], seed: string): Promise<(string | undefined)[]> => {
      const { lines } = await prepare(
        python,
        { 'a.jsonl': jsonl(...records) },
        'a.jsonl',
        ...KEEP,
        '--validation',
        '10',
        '--seed',
        seed,
      );
      expect(lines<RlRow>('train.jsonl').length).toBe(90);
      return prompts(lines<RlRow>('validation.jsonl')).sort();
    };
    const once = await held(hundred, '1');
    expect(once.length).toBe(10);
    expect(await held([...hundred].reverse(), '1')).toEqual(once);
    expect(await held(hundred, '2')).not.toEqual(once);
  });

  test('makes a test set of all rows, and no training file', async () => {
    const { made, lines } = await prepare(
      python,
      { 'a.jsonl': jsonl(...hundred) },
      'a.jsonl',
      ...KEEP,
      '--validation',
      'all',
    );
    expect(made).toEqual(['counts.json', 'dropped.jsonl', 'validation.jsonl']);
    expect(
      lines<RlRow>('validation.jsonl').every(
        (each, i) => each.extra_info.split === 'validation' && each.extra_info.index === i,
      ),
    ).toBe(true);
  });

  test('takes the mathematics of Dolci-Think-RL by itself', async () => {
    const of = (id: string, dataset: string[], prompt: string, truth: unknown): object => ({
      custom_id: id,
      dataset,
      prompt,
      ground_truth: truth,
      original_dataset: 'a',
    });
    const file = jsonl(
      of('m1', ['math'], 'user: 1+1?', ['2']),
      of('c1', ['code'], 'user: sort', ['[]']),
      of('m2', ['math'], 'user: 2+2?', ['4', '5']),
    );
    const { lines, stdout } = await prepare(
      python,
      { 'a.jsonl': file },
      'a.jsonl',
      ...JSONL,
      '--reader',
      'dolci-think-rl',
    );
    expect(
      lines<RlRow>('train.jsonl').map(each => [
        each.extra_info.id,
        each.prompt[0]?.content,
        each.reward_model.ground_truth,
      ]),
    ).toEqual([
      ['m1', '1+1?', '2'],
      ['m2', '2+2?', '4'],
    ]);
    expect(JSON.parse(stdout).dropped).toEqual({ filter: 1 });
  });

  test('reads several files as one, and an id says from which a row is', async () => {
    const files = { 'a.jsonl': jsonl(problem(1)), 'b.jsonl': jsonl(problem(1), problem(2)) };
    const { lines } = await prepare(python, files, 'a.jsonl', 'b.jsonl', ...KEEP);
    expect(lines<RlRow>('train.jsonl').map(each => each.extra_info.id)).toEqual(['a.jsonl:1', 'b.jsonl:2']);
    expect(lines('dropped.jsonl')).toEqual([{ file: 'b.jsonl', line: 1, reason: 'repeat' }]);
  });

  test('does not call a truth readable where Math-Verify does not work', async () => {
    const files = { 'a.jsonl': jsonl(problem(1)), 'math_verify.py': "raise ImportError('broken on purpose')\n" };
    const { code, stderr } = await prepare({ ...python, home: '.' }, files, 'a.jsonl', ...JSONL);
    expect(stderr).toContain('ImportError: broken on purpose');
    expect(stderr).toContain('or --truths keep, which does not look at them');
    expect(code).toBe(3);
  });

  const WRONG: readonly (readonly [string, readonly string[], number, string])[] = [
    ['columns without an answer', ['--columns', 'prompt=a'], 2, 'is not prompt=COLUMN,answer=COLUMN'],
    ['a filter that is no JSON', ['--filter', 'math'], 2, 'is not JSON like'],
    ['a filter with a rule nobody knows', ['--filter', '{"a": {"like": "b"}}'], 2, 'contains, equals, in, not_in'],
    ['licences without their column', ['--licenses', 'mit'], 2, '--licenses needs the column of the license'],
    ['half a row of validation', ['--validation', '0.5'], 2, 'neither a number of rows nor all'],
    ['more validation than rows', ['--validation', '100'], 1, 'too few for 100 of validation'],
    ['a file of another kind', ['b.csv'], 3, 'b.csv: neither .jsonl nor .parquet'],
    ['a file that is not there', ['c.jsonl'], 3, 'c.jsonl'],
    ['a bad line in a test set', ['--exclude', 'bad.jsonl'], 3, '--exclude bad.jsonl:1: no column prompt'],
  ];

  test.each(WRONG)('refuses %s, and writes nothing', async (_, args, rc, what) => {
    const files = { 'a.jsonl': jsonl(...hundred), 'b.csv': 'a\n', 'bad.jsonl': '{}\n' };
    const { code, stderr } = await prepare(python, files, ...args, 'a.jsonl', ...KEEP);
    expect(stderr).toContain(what);
    expect(code).toBe(rc);
  });
});
