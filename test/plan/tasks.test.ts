import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, readingWorld } from '../helpers/planning.ts';
import { freshFolder } from '../store/disks.ts';

const planned = (...sets: string[]) => planOf({ cluster: 'abci3', sets });

test('a prepare stage with tasks is so many jobs that wait for nobody, and one that waits for all of them', () => {
  const { value } = planned('stages.prepare.tasks=3');
  const jobs = (value?.jobs ?? []).filter(each => each.kind === 'prepare');
  expect(jobs.map(each => [each.id, each.needs])).toEqual([
    ...[1, 2, 3].map(number => [`preview/prepare.task-${number}/1`, []]),
    ['preview/prepare/1', [1, 2, 3].map(number => ({ job: `preview/prepare.task-${number}/1`, when: 'ok' }))],
  ]);
  expect(jobs.map(each => each.program.made)).toEqual([
    ...[1, 2, 3].map(number => ({
      kind: 'files',
      paths: [expect.stringMatching(new RegExp(`/preview/prepare\\.task-${number}-1/tokenised$`))],
    })),
    { kind: 'files', paths: expect.arrayContaining([expect.stringMatching(/swallow-math_text_document\.idx$/)]) },
  ]);
  const texts = jobs.map(each => each.program.files['prepare.sh'] ?? '');
  expect(texts.map(each => /^TASK=(.*)$/m.exec(each)?.[1])).toEqual(['1', '2', '3', 'merge']);
  // All of them make the same shards.
  expect(new Set(texts.map(each => /^KEY=(.*)$/m.exec(each)?.[1])).size).toBe(1);
});

test('training waits for the merge alone, which waits for the tasks', () => {
  const { value } = planned('stages.prepare.tasks=2');
  const needs = value?.jobs.find(each => each.id === 'preview/cpt/1')?.needs.map(each => each.job);
  expect(needs).toContain('preview/prepare/1');
  expect(needs?.join()).not.toContain('task');
});

test('one task is no task, and a stage that is left out has none', () => {
  expect(planned('stages.prepare.tasks=1').value?.stages.map(each => each.name)).not.toContain('prepare.task-1');
  const { value } = planOf({ cluster: 'abci3', stages: ['cpt'], sets: ['stages.prepare.tasks=4'] });
  expect(value?.stages.filter(each => each.name.startsWith('prepare')).map(each => each.status)).toEqual(['left-out']);
});

test('a mistake of the stage is told once, at its own line, and not for each task', () => {
  const found = planned('stages.prepare.tasks=3', 'stages.prepare.extra={--workers: 4, --no-such: true}').diagnostics;
  expect(found.filter(each => each.severity === 'error').map(({ code, path }) => [code, path])).toEqual([
    ['MRT-E003', 'stages.prepare.extra.--workers'],
    ['MRT-E005', 'stages.prepare.extra.--no-such'],
  ]);
});

test('a stage that has the name of a task is refused', () => {
  const { diagnostics } = planned(
    'stages.prepare.tasks=2',
    "stages={prepare.task-2: {kind: command, software: megatron-lm, argv: ['true']}}",
  );
  expect(diagnostics.filter(each => each.severity === 'error').map(each => each.code)).toEqual(['MRT-D017']);
});

test('workers and processors say how many files a job tokenises at once; without append_eod the flag is not given', () => {
  const script = (...sets: string[]) =>
    planned(...sets).value?.jobs.find(each => each.kind === 'prepare')?.program.files['prepare.sh'] ?? '';
  expect(script('stages.prepare.workers=4')).toContain('AT_ONCE=8\n');
  expect(script('stages.prepare.workers=4')).toContain('--workers=4');
  expect(script('stages.prepare.workers=64')).toContain('AT_ONCE=1\n');
  expect(script()).toContain('--append-eod');
  expect(script('stages.prepare.append_eod=false')).not.toContain('--append-eod');
});

test('the overlay says where a text lies, and the job looks for that place before it starts', () => {
  const config = freshFolder('martlet-texts-');
  mkdirSync(join(config, 'clusters'));
  writeFileSync(
    join(config, 'clusters/abci3.yaml'),
    `martlet: 1
copies:
  text:ja-wikipedia: /text/ja/part-*/*.jsonl
  text:cosmopedia: /text/cosmopedia.jsonl
  dataset:swallow-math@llama-3.1: /data/math
`,
  );
  const { value } = planOf({ cluster: 'abci3' }, readingWorld(config));
  const program = value?.jobs.find(each => each.kind === 'prepare')?.program;
  expect(program?.inputs).toEqual([
    { kind: 'file', path: '/text/ja' },
    { kind: 'file', path: '/text/cosmopedia.jsonl' },
  ]);
  const script = program?.files['prepare.sh'] ?? '';
  expect(script).toMatch(/"\$1" ja-wikipedia \S+\/ja-wikipedia_text_document '\/text\/ja\/part-\*\/\*\.jsonl'\n/);
  expect(script).toMatch(/"\$1" dclm-baseline \S+ \S+\/raw\/dclm-baseline\.jsonl \S+\/raw\/dclm-baseline\n/);
  expect(script).not.toContain('swallow-math');
});
