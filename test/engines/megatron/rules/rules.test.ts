import { expect, test } from 'vitest';
import type { Diagnostic } from '../../../../src/model/diagnostic.ts';
import { placeIn, planned } from './edited.ts';
import type { Row } from './row.ts';
import { BATCH_ROWS } from './rows-batch.ts';
import { DATA_ROWS } from './rows-data.ts';
import { EXPERT_ROWS } from './rows-experts.ts';
import { MEMORY_ROWS } from './rows-memory.ts';
import { MODEL_ROWS } from './rows-model.ts';

const ROWS: readonly Row[] = [...BATCH_ROWS, ...MODEL_ROWS, ...MEMORY_ROWS, ...EXPERT_ROWS, ...DATA_ROWS];
const NUMBERS = Array.from({ length: 92 }, (_, i) => i + 1);
/** Warnings of every plan here: nobody's home is known, and no base model lies anywhere. */
const OF_THE_PLACE = ['MRT-C002', 'MRT-P006'];

const foundIn = (findings: readonly Diagnostic[]): string[] =>
  findings
    .filter(each => !OF_THE_PLACE.includes(each.code))
    .map(({ code, rule, at }) => `${code} ${rule ?? ''} at ${at?.line}:${at?.column}`);

const named = ROWS.map(row => [row.rule, `${row.base ?? 'dense'}: ${row.broken.join(': ')}`, row] as const);

test.each(named)('rule %i is broken by %s, which is one finding at its line and column', (_, __, row) => {
  const { text, findings } = planned(row.base ?? 'dense', [...(row.with ?? []), row.broken], row.gpu);
  const code = row.code ?? 'MRT-E002';
  const rule = code === 'MRT-E002' ? `megatron-${row.rule}` : '';
  const place = placeIn(text, row.at ?? row.broken[0]);
  expect(foundIn(findings)).toEqual([`${code} ${rule} at ${place}`]);
});

test.each(named)('rule %i is kept by the neighbour of %s', (_, __, row) => {
  const { findings, argv } = planned(row.base ?? 'dense', [...(row.with ?? []), row.ok], row.gpu);
  expect(foundIn(findings)).toEqual([]);
  expect(argv[0]).toBe('pretrain_gpt.py');
});

test('every rule of the table, from 1 to 92, is broken by a row', () => {
  expect([...new Set(ROWS.map(row => row.rule))].sort((a, b) => a - b)).toEqual(NUMBERS);
});
