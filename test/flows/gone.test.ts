import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fresh, runs, SHORT, submit, submitted } from '../helpers/runs.ts';

test('a run whose folder is gone is told beside its own line, and hides no other run of its cluster', async () => {
  const box = fresh();
  await submitted(box, '20');
  rmSync(join(runs(box), 'r1'), { recursive: true });
  expect((await submit(box, SHORT, '--run', 'r2')).code).toBe(0);
  const out = await box.martlet('status', '--all', '--json');
  expect(out.code).toBe(3);
  const { runs: listed } = JSON.parse(out.stdout) as { runs: { run: string; trouble?: string }[] };
  expect(listed.find(each => each.run === 'r1')?.trouble).toMatch(/folder did not answer/);
  expect(listed.find(each => each.run === 'r2')?.trouble).toBeUndefined();
});

test('a plan that is no JSON any more is told as trouble with its file, and stands in no other submit’s way', async () => {
  const box = fresh();
  await submitted(box, SHORT);
  for (const name of ['plan.json', 'head.json'])
    writeFileSync(join(box.dir, 'state/martlet/runs/r1', name), '{"plan":');
  const status = await box.martlet('status', 'r1');
  expect(status.code).toBe(3);
  expect(status.stderr).toMatch(/error\[MRT-W020\].*\n.*plan\.json/);
  const again = await submit(box, SHORT);
  expect(again.code, again.stdout + again.stderr).toBe(0);
});
