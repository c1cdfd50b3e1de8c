import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FAMILIES } from '../../../src/engines/verl/rules/index.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import { planOf } from '../../helpers/planning.ts';
import { changed, EXPERTS, FSDP, fixed, MEGATRON, SFT } from './recipes.ts';
import { RULE_ROWS } from './rule-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'martlet-verl-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'recipe.yaml');

/** Findings of the recipe's own file: the cluster's account and paths are nobody's here. */
const findingsOf = (text: string): Diagnostic[] => {
  writeFileSync(file, text);
  return planOf({ recipe: file, cluster: 'abci3' }).diagnostics.filter(each => each.at?.file === file);
};

/** The text without its ^, and where that was. */
const marked = (text: string): { text: string; line: number; column: number } => {
  if (text.split('^').length !== 2) throw new Error('no place is marked');
  const before = text.slice(0, text.indexOf('^'));
  return {
    text: text.replace('^', ''),
    line: before.split('\n').length,
    column: before.length - before.lastIndexOf('\n'),
  };
};

test.each([
  ['FSDP', FSDP],
  ['Megatron', MEGATRON],
  ['experts with replay', EXPERTS],
  ['batches counted in sequences', fixed(FSDP)],
  ['fine-tuning', SFT],
])('the recipe that is changed (%s) has no finding itself', (_, text) => {
  expect(findingsOf(text).map(each => `${each.path}: ${each.what}`)).toEqual([]);
});

test.each(RULE_ROWS)('$id: broken, it is $code there and nothing else; its neighbour passes', row => {
  const broken = changed(row.recipe, row.from, row.broken);
  const { text, line, column } = marked(row.place ? changed(broken, row.place.replace('^', ''), row.place) : broken);
  const found = findingsOf(text).map(each => `${each.code} ${each.at?.line}:${each.at?.column} ${each.what}`);
  expect(found).toEqual([expect.stringContaining(`${row.code} ${line}:${column} `)]);
  expect(findingsOf(changed(row.recipe, row.from, row.valid)).map(each => each.what)).toEqual([]);
});

/** Rules that the release does not check, or checks elsewhere. */
const OUR_OWN: readonly (readonly [id: string, code: string, text: string, from: string, broken: string])[] = [
  ['rr-dense', 'MRT-V006', MEGATRON, 'kl: none', 'routing_replay: ^R2'],
  ['kl-full', 'MRT-V006', FSDP, 'kl: none', 'kl: {in: loss, coefficient: 0.1, type: ^full}'],
  ['rr-dynamic', 'MRT-V006', EXPERTS, 'micro_sequences: 2', 'micro_tokens: ^16384'],
  ['top-p', 'MRT-V006', FSDP, '      temperature: 1.0', '      temperature: 1.0\n      top_p: ^0.9'],
  [
    'overlong-metric',
    'MRT-V007',
    changed(FSDP, 'workers: 4', 'workers: 4\n      overlong: {buffer_tokens: 2048, penalty: 1.0}'),
    'metric: acc',
    'metric: ^score',
  ],
  ['layers', 'MRT-V004', MEGATRON, '{tensor: 2, pipeline: 1}', '{tensor: 1, pipeline: ^8}'],
  [
    'heads',
    'MRT-V004',
    changed(MEGATRON, 'qwen3-8b', 'qwen3-8b\n  num_attention_heads: 36'),
    '{tensor: 2, pipeline: 1}',
    '{tensor: ^8, pipeline: 1}',
  ],
  ['save-time', 'MRT-V008', FSDP, 'checkpoint: {every_steps: 10}', 'checkpoint: {every_steps: ^4000}'],
  ['one-queue', 'MRT-V008', FSDP, 'env: {A: b}', "env: {CUDA_DEVICE_MAX_CONNECTIONS: ^'1'}"],
];

test.each(OUR_OWN)(
  '%s: what would go wrong all the same is said there and nothing else',
  (_, code, recipe, from, broken) => {
    const { text, line, column } = marked(changed(recipe, from, broken));
    const found = findingsOf(text).map(each => `${each.code} ${each.at?.line}:${each.at?.column}`);
    expect(found).toEqual([`${code} ${line}:${column}`]);
  },
);

/** Rules of the release that were read (v0.9.0), by their names there. */
const OF_THE_RELEASE = 87;

test('every rule of the release has its row, and every rule that is written has one', () => {
  const rows = RULE_ROWS.map(each => each.id);
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows).toHaveLength(OF_THE_RELEASE);
  const ours = new Set(OUR_OWN.map(([id]) => id));
  for (const { id } of FAMILIES.flatMap(each => each.rules)) if (!ours.has(id)) expect(rows).toContain(id);
});
