import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findMathVerify, type PythonWith } from '../../helpers/python.ts';
import { ROOT, waitFor } from '../../helpers/sandbox.ts';
import { pythonEnv, REWARD, type Row, readAnswers, tryLines, tryRows } from './answers.ts';

const found = findMathVerify();
const absent = 'absent' in found ? found.absent : undefined;
const python = found as PythonWith;
const ROWS = readAnswers();
const DOCS = readFileSync(join(ROOT, 'docs/rewards.md'), 'utf8');

const told = ({ right, truth, solution }: Row): string => `${right ? 'right' : 'wrong'}: ${truth} <- ${solution}`;

/** Every way to say an answer that the reward documents. */
const WRAPPINGS: readonly ((answer: string) => string)[] = [
  x => `So $x = \\boxed{${x}}$.`,
  x => `\\[\\fbox{${x}}\\]`,
  x => `<think>\\boxed{0}? No.</think>\n\\boxed{ ${x} }`,
  x => `Answer: ${x}`,
  x => `**Final Answer:** $${x}$`,
  x => `The answer is $${x}$.`,
  x => `#### ${x}`,
  x => `答え：${x}`,
  x => `よって、答えは $${x}$ です。`,
  x => `【答え】\\(${x}\\)`,
];

describe.skipIf(absent !== undefined)(`the reward for mathematics${absent ? ` (skipped: ${absent})` : ''}`, () => {
  test('has a table of more than 220 answers, more than 90 of them wrong ones that look right', () => {
    expect(ROWS.length).toBeGreaterThan(220);
    expect(ROWS.filter(each => !each.right).length).toBeGreaterThan(90);
    expect(new Set(ROWS.map(told)).size).toBe(ROWS.length);
  });

  test('scores every answer of the table right, none late and none broken', async () => {
    const { code, results, stderr } = await tryRows(python, ROWS);
    const other = ROWS.filter((row, i) => results[i]?.score !== Number(row.right)).map(told);
    expect(other).toEqual([]);
    expect(results.filter(each => each.timeout + each.error > 0)).toEqual([]);
    expect(results.every(each => each.acc === each.score && typeof each.pred === 'string')).toBe(true);
    expect(stderr).toContain(`of ${ROWS.length} right; 0 late, 0 broken; 0 lines unreadable`);
    expect(code).toBe(0);
  });

  test('finds every truth of the table equal to itself, however the answer is said', async () => {
    const truths = [...new Set(ROWS.map(each => each.truth))];
    const rows = truths.flatMap(truth =>
      WRAPPINGS.map(wrap => ({ right: true, kind: '', truth, solution: wrap(truth) })),
    );
    const { results } = await tryRows(python, rows);
    expect(rows.filter((_, i) => results[i]?.score !== 1).map(told)).toEqual([]);
    expect(results.length).toBe(truths.length * WRAPPINGS.length);
  });

  test('finds no two different truths of the table equal, whichever of them is the answer', async () => {
    const plain = [
      ...new Set(
        ROWS.filter(each => /^(fraction|root|tuple|set|interval|roots)$/.test(each.kind)).map(each => each.truth),
      ),
    ];
    const pairs = plain.flatMap(one => plain.filter(two => one < two).map(two => [one, two] as const));
    const rows = pairs.flatMap(([one, two]) => [
      { solution: `\\boxed{${one}}`, truth: two },
      { solution: `\\boxed{${two}}`, truth: one },
    ]);
    const { results } = await tryRows(python, rows);
    expect(rows.filter((_, i) => results[i]?.score !== 0)).toEqual([]);
  });

  test('wants the end of the thinking where it is told to', async () => {
    const rows = [
      { solution: 'It is \\boxed{12}.', truth: '12' },
      { solution: 'Hm.</think>It is \\boxed{12}.', truth: '12' },
    ];
    const { results } = await tryRows(python, rows, '--require-think-end');
    expect(results.map(each => [each.score, each.format])).toEqual([
      [0, 'unfinished-thinking'],
      [1, 'boxed'],
    ]);
  });

  test('names every line that is no solution with a truth, scores the others, and ends with 1', async () => {
    const { code, results, stderr } = await tryLines(python, [
      '{"solution": "#### 1", "truth": "1"}',
      '{',
      '',
      '{"truth": "1"}',
      '[]',
    ]);
    expect(results.map(each => each.score)).toEqual([1]);
    expect([...stderr.matchAll(/answers\.jsonl:(\d+): no object/g)].map(([, line]) => line)).toEqual(['2', '4', '5']);
    expect(stderr).toContain('1 of 1 right; 0 late, 0 broken; 3 lines unreadable');
    expect(code).toBe(1);
  });

  test('prints for the example of docs/rewards.md what is printed there', async () => {
    const [, lines = '', printed = ''] =
      /^\$ cat answers\.jsonl\n([\s\S]*?)^\$ python3 .*\n([\s\S]*?)^```/m.exec(DOCS) ?? [];
    const { stdout, stderr } = await tryLines(python, lines.trimEnd().split('\n'));
    expect(stdout + stderr).toBe(printed);
    expect(printed.split('\n').length).toBe(4);
  });

  test('may be replaced by the function of docs/rewards.md, called with the names that veRL uses', async () => {
    const [, body = ''] = /^```python\n([\s\S]*?)^```/m.exec(DOCS) ?? [];
    const call =
      "compute_score(data_source='a', solution_str='it is 7', ground_truth='7', extra_info={}, timeout_seconds=20)";
    const { stdout } = await waitFor([python.python, '-c', `${body}\nprint(${call})`], pythonEnv(python));
    expect(stdout.trim()).toBe("{'score': 1.0, 'acc': 1.0}");
  });

  test('gives no score at all where Math-Verify cannot be imported, and says what to type', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'martlet-reward-'));
    try {
      writeFileSync(join(folder, 'math_verify.py'), "raise ImportError('broken on purpose')\n");
      writeFileSync(join(folder, 'one.jsonl'), '{"solution": "#### 1", "truth": "1"}\n');
      const env = pythonEnv({ ...python, home: folder });
      const { code, stdout, stderr } = await waitFor([python.python, REWARD, '--try', join(folder, 'one.jsonl')], env);
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toContain('ImportError: broken on purpose (pip install math-verify)');
      const load = `import importlib.util as u; s = u.spec_from_file_location('r', ${JSON.stringify(REWARD)}); s.loader.exec_module(u.module_from_spec(s))`;
      const loaded = await waitFor([python.python, '-c', load], env);
      expect(loaded.code).toBe(1);
      expect(loaded.stderr).toContain('RuntimeError: no checker of mathematics can start');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
