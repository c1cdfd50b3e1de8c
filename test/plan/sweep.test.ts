import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { check } from '../../src/flows/check.ts';
import { sweepFindings } from '../../src/plan/sweep.ts';
import { readingWorld } from '../helpers/planning.ts';
import { resolveText, SMALL } from '../recipe/small.ts';

const dir = mkdtempSync(join(tmpdir(), 'martlet-sweep-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SWEPT = `${SMALL}sweep: {stages.cpt.optimizer.lr: [1.0e-5, 2.5e-5], stages.cpt.env.NOTE: ["it's"]}\n`;

const found = (text: string, sets: readonly string[] = []) => {
  const { value, diagnostics } = resolveText(text, { sets });
  if (!value) throw new Error(diagnostics.map(each => each.what).join('\n'));
  return sweepFindings(value);
};

test('a sweep is refused at its line, with the arguments of every point to paste', () => {
  const [only, ...rest] = found(SWEPT);
  expect(rest).toEqual([]);
  expect(only).toMatchObject({ code: 'MRT-P011', severity: 'error', at: { line: 21, column: 1 } });
  expect(only?.hint).toBe(
    "its points: --set stages.cpt.optimizer.lr=1.0e-5 --set 'stages.cpt.env.NOTE=\"it'\\''s\"'; " +
      "--set stages.cpt.optimizer.lr=2.5e-5 --set 'stages.cpt.env.NOTE=\"it'\\''s\"'.",
  );
});

test('the arguments of a point, given, make a recipe that is planned', () => {
  expect(found(SWEPT, ['stages.cpt.optimizer.lr=1.0e-5', 'stages.cpt.env.NOTE="it\'s"'])).toEqual([]);
  expect(found(SWEPT, ['stages.cpt.optimizer.lr=1.0e-5'])).toHaveLength(1);
});

test('a recipe without a sweep is planned', () => {
  expect(found(SMALL)).toEqual([]);
});

test('a hundred points are counted, not listed', () => {
  const list = Array.from({ length: 100 }, (_, i) => i + 1).join(', ');
  expect(found(`${SMALL}sweep: {stages.cpt.sequence_length: [${list}]}\n`)[0]?.hint).toMatch(/=8; and 92 more\.$/);
});

test.each([undefined, 'local'])('check warns about a sweep and ends well (cluster: %s)', async cluster => {
  const recipe = join(dir, 'swept.yaml');
  writeFileSync(recipe, SWEPT);
  const { diagnostics } = await check({ recipe, cluster, rehearse: cluster !== undefined }, readingWorld());
  const own = diagnostics.filter(each => each.code === 'MRT-P011');
  expect(own).toHaveLength(1);
  expect(own[0]?.severity).toBe('warning');
});
