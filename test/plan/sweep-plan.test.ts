import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, RECIPE_8B } from '../helpers/planning.ts';
import { ROOT } from '../helpers/sandbox.ts';

const swept = (): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'martlet-sweep-')), 'swept.yaml');
  const text = readFileSync(join(ROOT, RECIPE_8B), 'utf8');
  writeFileSync(path, `${text}\nsweep: {stages.cpt.optimizer.lr: [1.0e-5, 2.5e-5]}\n`);
  return path;
};

test('a sweep is never planned as if it were not there: one point is asked for at a time', () => {
  const recipe = swept();
  const refused = planOf({ cluster: 'abci3', recipe });
  expect(refused.value).toBeUndefined();
  expect(refused.diagnostics.find(each => each.severity === 'error')).toMatchObject({ code: 'MRT-P011' });
  expect(planOf({ cluster: 'abci3', recipe, sets: ['stages.cpt.optimizer.lr=1.0e-5'] }).value).toBeDefined();
});
