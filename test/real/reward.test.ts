import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pythonEnv, REWARD, type Result, readAnswers, tryRows } from '../engines/verl/answers.ts';
import { findMathVerify, type PythonWith, pythonPackages } from '../helpers/python.ts';
import { waitFor } from '../helpers/sandbox.ts';

const found = findMathVerify();
const absent = 'absent' in found ? found.absent : undefined;
const python = found as PythonWith;
const DRIVER = join(import.meta.dirname, 'as_verl.py');

const asVerl = async <T>(
  what: string,
  ...folders: readonly string[]
): Promise<T & { readonly stderr: string; readonly code: number | null }> => {
  const env = pythonEnv({ ...python, home: [python.home, ...folders].join(':') });
  const { stdout, stderr, code } = await waitFor([python.python, DRIVER, what, REWARD], env);
  return { ...(JSON.parse(stdout || '{}') as T), stderr, code };
};

const KEYS = ['acc', 'error', 'format', 'pred', 'score', 'timeout'];
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(absent !== undefined)(`the reward, called as veRL does${absent ? ` (skipped: ${absent})` : ''}`, () => {
  test('is stopped by no answer: each trap scores 0, and the next answer is scored again', async () => {
    type Trap = Result & { readonly after: number };
    const { found: traps, most_kib } = await asVerl<{ found: Record<string, Trap>; most_kib: number }>('traps');
    expect(Object.keys(traps).length).toBeGreaterThan(30);
    expect(Object.entries(traps).filter(([, each]) => each.score !== 0 || each.after !== 1)).toEqual([]);
    for (const name of ['a tower of powers', 'the sine of a tower', 'a tower as the truth'])
      expect(traps[name]!.timeout + traps[name]!.error, name).toBe(1);
    expect(most_kib).toBeLessThan(2.1 * 2 ** 20);
  });

  test('scores the others while some hang, in 32 threads with two checkers, and tells a kind of trouble once', async () => {
    const answer = await asVerl<{
      results: Result[];
      checkers: number;
      alarm: boolean;
      counts: Record<string, number>;
    }>('threads');
    const { results, checkers, alarm, counts, stderr } = answer;
    const hangs = results.filter((_, i) => i % 8 === 0);
    expect(results.filter((each, i) => i % 8 !== 0 && each.score !== 1)).toEqual([]);
    expect(hangs.every(each => each.score === 0 && each.timeout + each.error === 1)).toBe(true);
    expect(results.every(each => Object.keys(each).sort().join() === KEYS.join())).toBe(true);
    expect(checkers).toBeLessThanOrEqual(2);
    expect(alarm).toBe(true);
    expect(Object.values(counts).reduce((sum, each) => sum + each, 0)).toBe(hangs.length);
    expect(stderr.trim().split('\n').length).toBe(Object.keys(counts).length);
  });

  test('counts checkers that were killed from outside, and only the answer that was being checked pays for it', async () => {
    type Killed = Readonly<Record<'idle' | 'busy' | 'after', Result>> & { readonly counts: object };
    const { idle, busy, after, counts, stderr } = await asVerl<Killed>('killed');
    expect([idle, busy, after].map(each => [each.score, each.error])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(counts).toEqual({ crash: 2 });
    expect(stderr).toContain('a checker died: exit code -9');
  });

  test('works where the machine allows less memory and processor time than it would take', async () => {
    const rows = [1, 2, 3].map(i => JSON.stringify({ solution: `#### \\sqrt{${i * i}}`, truth: `${i}` }));
    const limited = 'ulimit -v 1500000; ulimit -t 100; f=$(mktemp); cat > "$f"; "$0" "$1" --try "$f"; rm "$f"';
    const shell = `printf '%s\\n' ${rows.map(each => `'${each}'`).join(' ')} | bash -c '${limited}' ${python.python} ${REWARD}`;
    const { stderr } = await waitFor(['bash', '-c', shell], pythonEnv(python));
    expect(stderr).toBe('3 of 3 right; 0 late, 0 broken; 0 lines unreadable\n');
  });

  test('says once that it does not know an argument, and scores', async () => {
    const { results, stderr } = await asVerl<{ results: Result[] }>('misspelt');
    expect(results.map(each => each.score)).toEqual([1, 1, 1]);
    expect(stderr).toBe(
      'math_reward: argument timeout: compute_score does not know it, and it has no effect (told once)\n',
    );
  });

  test('can be pickled by value, as the remote manager does', async () => {
    const home = pythonPackages(python.python, 'cloudpickle-3.1.2', ['cloudpickle==3.1.2']);
    const { result, said } = await asVerl<{ result: Result; said: string }>('pickled', home);
    expect(said).toBe('');
    expect(result).toMatchObject({ score: 1, format: 'line' });
  });

  test('leaves no checker behind when its process is killed in the middle of a hang', async () => {
    const { pids } = await asVerl<{ pids: number[] }>('orphan');
    expect(pids.length).toBeGreaterThan(0);
    await expect.poll(() => pids.filter(isThere), { timeout: 120_000, interval: 500 }).toEqual([]);
  });

  test('scores the table right with Math-Verify 0.8.0 and the ANTLR that Hydra wants, too', async context => {
    const older = findMathVerify('0.8.0');
    if ('absent' in older) return context.skip(older.absent);
    const rows = readAnswers();
    const { results } = await tryRows(older, rows);
    expect(rows.filter((row, i) => results[i]?.score !== Number(row.right))).toEqual([]);
  });
});
