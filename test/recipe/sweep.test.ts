import { expect, test } from 'vitest';
import type { CptStage } from '../../src/recipe/schema.ts';
import { expandSweep } from '../../src/recipe/sweep.ts';
import { resolveText, SMALL } from './small.ts';

const points = (sweep: string) => {
  const { value } = resolveText(`${SMALL}sweep: ${sweep}\n`);
  return (value && expandSweep(value).value) ?? [];
};

test('a sweep is the product of its lists, the last one changing fastest, named after its values', () => {
  const found = points('{stages.cpt.optimizer.lr: [1.0e-5, 2.5e-5], stages.cpt.batch.global_sequences: [8, 16]}');
  expect(found.map(({ name }) => name)).toEqual([
    'small-lr-1.0e-5_global_sequences-8',
    'small-lr-1.0e-5_global_sequences-16',
    'small-lr-2.5e-5_global_sequences-8',
    'small-lr-2.5e-5_global_sequences-16',
  ]);
  expect(found[0]?.sets).toEqual(['stages.cpt.optimizer.lr=1.0e-5', 'stages.cpt.batch.global_sequences=8']);
});

test('lists under zip go together', () => {
  const found = points(
    '{zip: {stages.cpt.optimizer.lr: [1, 2], stages.cpt.optimizer.min_lr: [0.1, 0.2]}, stages.cpt.sequence_length: [8, 16]}',
  );
  expect(found).toHaveLength(4);
  expect(found[1]?.sets).toEqual([
    'stages.cpt.sequence_length=8',
    'stages.cpt.optimizer.lr=2',
    'stages.cpt.optimizer.min_lr=0.2',
  ]);
});

test('each point resolves to the recipe with its values, whatever kind they are', () => {
  const text = `${SMALL}sweep: {stages.cpt.parallel: [auto, {tensor: 2}], stages.cpt.env.NOTE: ["it's", '1']}\n`;
  const all = points("{stages.cpt.parallel: [auto, {tensor: 2}], stages.cpt.env.NOTE: [\"it's\", '1']}");
  const stages = all.map(({ sets }) => resolveText(text, { sets }).value?.recipe.stages.cpt as CptStage);
  expect(stages.map(each => each.env?.NOTE)).toEqual(["it's", '1', "it's", '1']);
  expect(stages.map(each => typeof each.parallel)).toEqual(['string', 'string', 'object', 'object']);
});

test('names stay folders: short, and each point its own', () => {
  const long = points(
    `{stages.cpt.env.NOTE: [${Array.from({ length: 3 }, (_, i) => `"${'x'.repeat(80)}${i}"`).join(', ')}]}`,
  );
  expect(long.map(({ name }) => name)).toEqual(['small-p1', 'small-p2', 'small-p3']);
  const same = points('{stages.cpt.env.NOTE: ["a b", "a/b"]}');
  expect(new Set(same.map(({ name }) => name)).size).toBe(2);
});

test('a recipe without a sweep is one point, itself', () => {
  const { value } = resolveText(SMALL);
  expect(value && expandSweep(value).value).toEqual([{ name: 'small', sets: [] }]);
});

test('ten thousand points are listed', () => {
  const list = `[${Array.from({ length: 100 }, (_, i) => i + 1).join(', ')}]`;
  expect(points(`{stages.cpt.sequence_length: ${list}, stages.cpt.batch.global_sequences: ${list}}`)).toHaveLength(
    10_000,
  );
});
