import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readIndex } from '../../src/engines/megatron/indexed-dataset.ts';
import { exits, fresh, MARTLET, runs, TINY } from '../helpers/runs.ts';
import type { Sandbox } from '../helpers/sandbox.ts';

const LONG = 120_000;

const submit = (box: Sandbox, ...sets: readonly string[]) =>
  box.run([
    MARTLET,
    ...['submit', TINY, '--cluster', 'local', '--rehearse', '--scale', '1000', '--yes', '--run', 'r1'],
    ...sets.flatMap(each => ['--set', each]),
  ]);

const documents = (prefix: string): number => {
  const index = readIndex(readFileSync(`${prefix}.idx`));
  return typeof index === 'string' ? expect.fail(index) : index.starts.length - 1;
};

test('a rehearsed prepare stage makes shards in jobs of their own, merges them, and training reads what came of it', {
  timeout: LONG,
}, async () => {
  const box = fresh();
  const out = await submit(box, 'stages.prepare.tasks=2');
  expect(out.code, out.stdout + out.stderr).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  expect(exits(box)).toEqual([
    'cpt-1/A1 1 0 complete',
    'cpt-2/A1 1 0 complete',
    'prepare-1/A1 1 0 complete',
    'prepare.task-1-1/A1 1 0 complete',
    'prepare.task-2-1/A1 1 0 complete',
  ]);
  const data = join(runs(box), 'r1/datasets');
  expect(readdirSync(data).sort()).toEqual(
    ['en-text', 'ja-text'].flatMap(each => ['bin', 'idx', 'json'].map(end => `${each}_text_document.${end}`)),
  );
  for (const name of ['ja-text', 'en-text']) {
    const manifest = JSON.parse(readFileSync(join(data, `${name}_text_document.json`), 'utf8'));
    expect([manifest.documents, manifest.shards.length]).toEqual([200, 2]);
    expect(documents(join(data, `${name}_text_document`))).toBe(200);
  }
});

test('a task that fails holds the merge and the training back; resumed, only what was missing is made', {
  timeout: LONG,
}, async () => {
  const box = fresh();
  // Texts of the person's own, of which one cannot be read.
  const raw = join(box.dir, 'texts');
  mkdirSync(raw);
  for (let i = 0; i < 4; i += 1)
    writeFileSync(join(raw, `${i}.jsonl`), `{"text": "document ${i}, long enough for a window of bytes"}\n`.repeat(30));
  const good = readFileSync(join(raw, '2.jsonl'), 'utf8');
  writeFileSync(join(raw, '2.jsonl'), 'no JSON\n');
  mkdirSync(join(box.dir, 'config/martlet/clusters'), { recursive: true });
  writeFileSync(
    join(box.dir, 'config/martlet/clusters/local.yaml'),
    `martlet: 1\ncopies:\n  text:ja-text: ${raw}\n  text:en-text: ${raw}/[01].jsonl\n`,
  );
  expect((await submit(box, 'stages.prepare.tasks=2')).code).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).not.toBe(0);
  // The third file of four is the first task's.
  expect(exits(box).find(each => each.startsWith('prepare.task-1'))).toMatch(/failed$/);
  expect(exits(box).find(each => each.startsWith('prepare.task-2'))).toMatch(/complete$/);
  expect(exits(box).filter(each => /^(cpt|prepare-)/.test(each) && each.endsWith('complete'))).toEqual([]);
  writeFileSync(join(raw, '2.jsonl'), good);
  const resumed = await box.martlet('resume', 'r1');
  expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
  expect((await box.martlet('wait', 'r1')).code).toBe(0);
  const log = readFileSync(join(runs(box), 'r1/prepare.task-1-1/A2/log.txt'), 'utf8');
  // Its other file of ja-text was done; of en-text nothing was, because a task ends at the first dataset that fails.
  expect(log.match(/^Opening .*$/gm)).toEqual([`Opening ${raw}/2.jsonl`, `Opening ${raw}/0.jsonl`]);
  expect(documents(join(runs(box), 'r1/datasets/ja-text_text_document'))).toBe(120);
  expect(documents(join(runs(box), 'r1/datasets/en-text_text_document'))).toBe(60);
});
