import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { makePlan } from '../../src/flows/plan.ts';
import { writeRendered } from '../../src/flows/render.ts';
import type { PlanFile } from '../../src/plan/types.ts';
import { RECIPE_8B, readingWorld } from '../helpers/planning.ts';

const world = readingWorld();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'martlet-render-'));
});

const planFor = async (cluster: string, nodes?: number): Promise<PlanFile> => {
  const options = { recipe: RECIPE_8B, cluster, rehearse: cluster === 'local', run: 'preview', nodes };
  const { value, diagnostics } = await makePlan({ ...options, account: 'my-group' }, world);
  if (!value) throw new Error(JSON.stringify(diagnostics));
  return value;
};

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name).slice(folder.length + 1))
    .sort();

test('a second rendering leaves no file and no folder of the first', async () => {
  const [rehearsed, real] = [await planFor('local'), await planFor('abci3')];
  writeRendered(rehearsed, dir, world);
  expect(existsSync(join(dir, 'rehearsal'))).toBe(true);
  expect(writeRendered(real, dir, world)).toEqual(filesOf(dir));
  expect(existsSync(join(dir, 'rehearsal'))).toBe(false);
  expect(writeRendered(real, dir, world)).toEqual(filesOf(dir));
});

test('a file of somebody else, or a changed one, is never removed: the rendering is refused and changes nothing', async () => {
  const [rehearsed, real] = [await planFor('local'), await planFor('abci3')];
  writeRendered(rehearsed, dir, world);
  const before = readFileSync(join(dir, 'plan.json'), 'utf8');
  writeFileSync(join(dir, 'rehearsal', 'notes.txt'), 'mine');
  expect(() => writeRendered(real, dir, world)).toThrow(/holds other files/);
  expect(readFileSync(join(dir, 'rehearsal', 'notes.txt'), 'utf8')).toBe('mine');
  expect(readFileSync(join(dir, 'plan.json'), 'utf8')).toBe(before);
});

test.each(['{}', 'null', 'not JSON', '{"plan": 1}'])(
  'a plan.json of another program (%s) is no rendering',
  async text => {
    writeFileSync(join(dir, 'plan.json'), text);
    writeFileSync(join(dir, 'other.txt'), 'mine');
    const plan = await planFor('abci3');
    expect(() => writeRendered(plan, dir, world)).toThrow(/holds other files/);
    expect(filesOf(dir)).toEqual(['other.txt', 'plan.json']);
  },
);
