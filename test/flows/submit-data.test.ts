import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { dataRecipe } from '../helpers/data-recipe.ts';
import { fresh, LONG, MARTLET, runs, TINY } from '../helpers/runs.ts';
import type { Sandbox } from '../helpers/sandbox.ts';

const RECIPE = dataRecipe({
  name: 'data',
  datasets: ['a: {hub: example/a}'],
  rows: ['{dataset: a, epochs: 1}'],
  resources: '{gpus: 8, walltime: 1h}',
});

const prepared = () => {
  const box = fresh();
  const clusters = join(box.dir, 'config/martlet/clusters');
  mkdirSync(clusters, { recursive: true });
  writeFileSync(
    join(clusters, 'local.yaml'),
    `martlet: 1\ncopies:\n  dataset:a@llama-3.1:\n    files: [{prefix: ${box.dir}/a}, {prefix: ${box.dir}/b}]\n`,
  );
  writeFileSync(join(box.dir, 'recipe.yaml'), RECIPE);
  const put = (name: string, tokens: number): void => {
    writeFileSync(join(box.dir, `${name}.idx`), writeIndex([tokens], 4));
    writeFileSync(join(box.dir, `${name}.bin`), Buffer.alloc(4 * tokens));
  };
  put('a', 100);
  put('b', 300);
  // One slot, which a run of another recipe may hold.
  const martlet = (...words: readonly string[]) => box.run([MARTLET, ...words], { MARTLET_LOCAL_SLOTS: '1' });
  const submit = (...words: readonly string[]) =>
    martlet('submit', join(box.dir, 'recipe.yaml'), '--cluster', 'local', '--yes', '--json', ...words);
  const hold = () =>
    martlet('submit', TINY, '--cluster', 'local', '--rehearse', '--scale', LONG, '--yes', '--run', 'hold');
  return { box, put, martlet, submit, hold };
};

const runsOf = (box: Sandbox): string[] => {
  const shelf = join(box.dir, 'state/martlet/runs');
  return existsSync(shelf) ? readdirSync(shelf).filter(each => each.startsWith('data-')) : [];
};

test('a submit on broken data is refused with every finding, and nothing is stored or sent', async () => {
  const { box, submit } = prepared();
  rmSync(join(box.dir, 'a.bin'));
  writeFileSync(join(box.dir, 'b.idx'), 'no index');
  const out = await submit();
  expect(out.code).toBe(1);
  const found = JSON.parse(out.stdout).diagnostics.filter((each: { severity: string }) => each.severity === 'error');
  expect(found.map((each: { code: string }) => each.code)).toContain('MRT-D001');
  expect(found.map((each: { code: string }) => each.code)).toContain('MRT-D004');
  expect(runsOf(box)).toEqual([]);
});

test('a submit looks at the data, weighs by it, and keeps the numbers in the folder of the run; typed again it goes on', async () => {
  const { box, put, submit, hold } = prepared();
  expect((await hold()).code).toBe(0);
  const first = await submit();
  expect(first.code, first.stdout + first.stderr).toBe(0);
  const [run = ''] = runsOf(box);
  const folder = join(runs(box), run);
  expect(JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8')).data).toEqual({
    [`${box.dir}/a`]: { documents: 1, tokens: 100 },
    [`${box.dir}/b`]: { documents: 1, tokens: 300 },
  });
  expect(readFileSync(join(folder, 'cpt-1/node.sh'), 'utf8')).toMatch(/--data-path 100 \\\n +\S+\/a \\\n +300 \\\n/);
  // Other data makes no other run of what is unfinished: its own stages may have made it.
  put('b', 500);
  const again = await submit();
  expect([again.code, JSON.parse(again.stdout).run, runsOf(box)]).toEqual([0, run, [run]]);
});

test('a plan file knows what was measured, and apply refuses it neither for that nor asks again', async () => {
  const { box, martlet, submit } = prepared();
  const file = join(box.dir, 'plan.json');
  const words = [join(box.dir, 'recipe.yaml'), '--cluster', 'local'];
  const alone = await martlet('plan', ...words, '-o', file);
  expect([alone.code, alone.stdout + alone.stderr]).toEqual([1, expect.stringContaining('MRT-D009')]);
  expect((await martlet('plan', ...words, '--connect', '-o', file)).code).toBe(0);
  rmSync(join(box.dir, 'b.idx'));
  const applied = await martlet('apply', file);
  expect(applied.code, applied.stdout + applied.stderr).toBe(0);
  expect((await submit('--again')).code).toBe(1);
});
