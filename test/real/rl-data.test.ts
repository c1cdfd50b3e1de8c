import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonl, PREPARE } from '../engines/verl/prepare.ts';
import { findPython, pythonPackages } from '../helpers/python.ts';
import { waitFor } from '../helpers/sandbox.ts';

const PYARROW = 'pyarrow==26.0.1';
const found = ((): { python: string; home: string } | { absent: string } => {
  const python = findPython(10);
  if (!python) return { absent: 'no Python 3.10 or newer is on this machine' };
  try {
    return { python, home: pythonPackages(python, PYARROW, [PYARROW]) };
  } catch (error) {
    return { absent: `${PYARROW} could not be installed: ${(error as Error).message.slice(0, 300)}` };
  }
})();
const absent = 'absent' in found ? found.absent : undefined;
const { python, home } = found as { python: string; home: string };

const TO_PARQUET = `import json, pyarrow, pyarrow.parquet as p
p.write_table(pyarrow.Table.from_pylist([json.loads(line) for line in open('a.jsonl')]), 'a.parquet')`;
const TO_LINES = `import json, sys, pyarrow.parquet as p
print(json.dumps(p.read_table(sys.argv[1]).to_pylist()))`;

const records = Array.from({ length: 30 }, (_, i) => ({
  prompt: [
    { role: 'system', content: 'Answer in Japanese.' },
    { role: 'user', content: `${i} の二倍は?` },
  ],
  answer: `${2 * i}`,
  id: `q${i}`,
}));
const ARGS = [
  '--data-source',
  'mine',
  '--truths',
  'keep',
  '--validation',
  '5',
  '--columns',
  'prompt=prompt,answer=answer,id=id',
];

describe.skipIf(absent !== undefined)(`Parquet for veRL${absent ? ` (skipped: ${absent})` : ''}`, () => {
  const run = async (folder: string, ...argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await waitFor([python, ...argv], { ...process.env, PYTHONPATH: home }, folder);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  };

  test('is read as JSONL is, and holds the same rows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'martlet-parquet-'));
    try {
      writeFileSync(join(folder, 'a.jsonl'), jsonl(...records));
      await run(folder, '-c', TO_PARQUET);
      const one = await run(folder, PREPARE, 'a.parquet', ...ARGS, '--output', 'one');
      const two = await run(folder, PREPARE, 'a.jsonl', ...ARGS, '--output', 'two', '--write', 'jsonl');
      expect(one).toBe(two);
      for (const [part, count] of [
        ['train', 25],
        ['validation', 5],
      ] as const) {
        const rows = JSON.parse(await run(folder, '-c', TO_LINES, `one/${part}.parquet`)) as unknown[];
        const lines = await run(
          folder,
          '-c',
          'import json, sys; print(json.dumps([json.loads(each) for each in open(sys.argv[1])]))',
          `two/${part}.jsonl`,
        );
        expect(rows.length).toBe(count);
        expect(rows).toEqual(JSON.parse(lines));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('without pyarrow is refused before anything is read, with what to type', async () => {
    const argv = [python, '-S', '-E', PREPARE, 'a.jsonl', ...ARGS, '--output', 'x'];
    const { code, stderr } = await waitFor(argv, process.env);
    expect(stderr).toContain('pip install pyarrow, or use .jsonl and --write jsonl');
    expect(code).toBe(3);
  });
});
