import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlan, readCluster, readRecipe, renderJob, siteFor } from 'martlet';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const textOf = (file: string) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });

const RECIPE = textOf('recipes/llama-3.1-swallow-8b-v0.5.yaml');
const templates = Object.fromEntries(
  ['job', 'prepare', 'engine'].flatMap(folder =>
    readdirSync(join(ROOT, 'templates', folder))
      .filter(name => name.endsWith('.sh') || name.endsWith('.py'))
      .map(name => [`${folder}/${name}`, textOf(`templates/${folder}/${name}`).text]),
  ),
);

const planned = () => {
  const recipe = readRecipe(RECIPE, { cluster: 'abci3' }).value;
  const cluster = readCluster(textOf('clusters/abci3.yaml'), undefined, { account: 'my-group' }).value;
  if (!recipe || !cluster) throw new Error('not read');
  const input = { recipe, recipeFile: RECIPE.file, cluster, run: 'library', choices: {}, templates: '', version: '1' };
  return { recipe, cluster, plan: makePlan(input).value };
};

test('the package is imported by its name, plans the 8B recipe and makes the files of each job', () => {
  const { cluster, plan } = planned();
  expect(plan?.stages.find(each => each.name === 'cpt')).toMatchObject({
    nodes: 4,
    gpusPerNode: 8,
    unscaledSteps: 25000,
  });
  for (const job of plan?.jobs ?? []) {
    const { value, diagnostics } = renderJob(job, siteFor(cluster, job, { runDir: plan?.runDir ?? '' }), templates);
    expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
    expect(value?.[`${job.key.stage}-${job.key.segment}/job.sh`]).toMatch(/^#!/);
  }
});

test('a parent is taken from the texts that were given, and a missing one is a finding', () => {
  const child = { file: 'a/child.yaml', text: 'martlet: 1\nname: child\nbase: parent.yaml\n' };
  expect(readRecipe(child, { parents: { 'a/parent.yaml': RECIPE.text } }).value?.recipe.name).toBe('child');
  expect(readRecipe(child).diagnostics.map(each => each.severity)).toEqual(['error']);
});

test('a text that is wrong gives findings and no value, of a recipe and of a profile', () => {
  const wrong = { file: 'w.yaml', text: 'a: [1\n' };
  for (const { value, diagnostics } of [
    readRecipe(wrong),
    readCluster(wrong),
    readCluster(textOf('clusters/abci3.yaml'), wrong),
  ]) {
    expect(value).toBeUndefined();
    expect(diagnostics[0]?.at?.file).toBe('w.yaml');
  }
});

test('what the package exports is in the package', () => {
  expect(packageJson.files).toContain(packageJson.exports['.'].split('/')[1]);
});
