import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evidencesOf } from '../../src/recipe/resolve.ts';
import type { CptStage } from '../../src/recipe/schema.ts';
import { changed, resolveText, SMALL } from './small.ts';

const shipped = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../recipes', `${name}.yaml`), 'utf8');
const RECIPE_8B = shipped('llama-3.1-swallow-8b-v0.5');

const cpt = (text: string, options = {}, parents = {}): CptStage => {
  const { value, diagnostics } = resolveText(text, options, parents);
  expect(diagnostics.filter(each => each.severity === 'error')).toEqual([]);
  return value?.recipe.stages.cpt as CptStage;
};
const recipeOf = (text: string, options = {}, parents = {}) => {
  const { value } = resolveText(text, options, parents);
  if (!value) throw new Error('no value');
  return value;
};

test.each(['llama-3.1-swallow-8b-v0.5', 'qwen3-swallow-8b'])('the shipped recipe %s has no findings', name => {
  expect(resolveText(shipped(name)).diagnostics).toEqual([]);
});

test('a free text with a comma and no quotes, as the first recipes were written, is read whole and warned about', () => {
  const text = changed("note: 'the names, no numbers'", 'note: the names, no numbers', shipped('qwen3-swallow-8b'));
  const { value, diagnostics } = resolveText(text);
  expect(diagnostics.map(each => each.code)).toEqual(['MRT-Y020']);
  expect(value?.recipe.evidence?.some(each => each.note === 'the names, no numbers')).toBe(true);
});

test('the numbers of the 8B recipe arrive as numbers', () => {
  const stage = cpt(RECIPE_8B);
  expect(stage.optimizer).toMatchObject({ lr: 2.5e-5, min_lr: 2.5e-6, betas: [0.9, 0.95], eps: 1e-8 });
  expect(stage.budget).toEqual({ steps: 25000, tokens: 210e9 });
  expect(stage.parallel).toMatchObject({ tensor: 2, pipeline: 1, context: 1, sequence: true });
});

test('every leaf of the 8B recipe knows where it is from, and written ones point at their own text', () => {
  const recipe = recipeOf(RECIPE_8B, { cluster: 'tsubame4', sets: ['stages.cpt.optimizer.clip_grad=0.5'] });
  expect(recipe.leaves.length).toBeGreaterThan(250);
  const lines = RECIPE_8B.split('\n');
  for (const leaf of recipe.leaves) {
    const origin = recipe.origin(leaf);
    expect(origin, leaf).toBeDefined();
    if (origin?.kind !== 'written') continue;
    const { line, column, length } = origin.at;
    const text = lines[line - 1]?.slice(column - 1, column - 1 + length);
    expect(origin.text ?? text, leaf).toBe(text);
  }
});

test('an origin is written, a default with its reason, the part for a cluster, or the argument that was typed', () => {
  const recipe = recipeOf(RECIPE_8B, { cluster: 'tsubame4', sets: ['stages.cpt.optimizer.clip_grad=0.5'] });
  expect(recipe.originText('stages.cpt.optimizer.lr')).toBe('r.yaml:74:34');
  expect(recipe.originText('datasets.cosmopedia.access')).toBe('default: nothing says that it is not');
  expect(recipe.originText('stages.cpt.resources.gpus')).toBe('r.yaml:90:47');
  expect(recipe.originText('stages.cpt.optimizer.clip_grad')).toBe('--set stages.cpt.optimizer.clip_grad=0.5');
  expect(recipe.originText('stages.cpt.optimizer.momentum')).toBe('not written');
  expect((recipe.recipe.stages.cpt as CptStage).resources.gpus).toBe(64);
});

test('the text of a number keeps the digits that were written', () => {
  expect(recipeOf(RECIPE_8B).writtenText('stages.cpt.budget.tokens')).toBe('210B');
  expect(recipeOf(RECIPE_8B).writtenText('software.swallow-evaluation.release')).toBe('202411');
});

test('what is not said gets its default: nothing is split, bf16, the state is spread', () => {
  const stage = cpt(SMALL);
  expect(stage.precision).toBe('bf16');
  expect(stage.batch.micro_sequences).toBe(1);
  expect(stage.parallel).toEqual({
    tensor: 1,
    pipeline: 1,
    context: 1,
    sequence: false,
    sharding: 'distributed-optimizer',
  });
  expect(recipeOf(SMALL).recipe.title).toBe('small');
});

test('a parent is merged below: maps merge, lists and scalars are replaced', () => {
  const child =
    'martlet: 1\nbase: ../parent.yaml\nname: child\nstages: {cpt: {optimizer: {lr: 0.5}}}\nmixtures: {cpt: [{dataset: wiki, epochs: 1}]}\n';
  const options = { '../parent.yaml': SMALL };
  expect(cpt(child, {}, options).optimizer).toEqual({ name: 'adamw', lr: 0.5 });
  const value = recipeOf(child, {}, options);
  expect(value.recipe.mixtures.cpt).toEqual([{ dataset: 'wiki', epochs: 1 }]);
  expect(value.originText('stages.cpt.optimizer.lr')).toBe('r.yaml:4:32');
  expect(value.originText('stages.cpt.optimizer.name')).toBe('../parent.yaml:20:23');
  expect(value.files).toEqual(['r.yaml', '../parent.yaml']);
});

test('a chain of parents is followed from folder to folder', () => {
  const child = 'martlet: 1\nbase: a/one.yaml\nname: child\n';
  const parents = {
    'a/one.yaml': 'martlet: 1\nbase: b/two.yaml\nstages: {cpt: {sequence_length: 7}}\n',
    'a/b/two.yaml': SMALL,
  };
  expect(cpt(child, {}, parents).sequence_length).toBe(7);
});

test('a finding in a parent is told in the parent', () => {
  const { diagnostics } = resolveText(
    'martlet: 1\nbase: p.yaml\nname: child\n',
    {},
    { 'p.yaml': changed('lr: 1.0e-4', 'lr: fast') },
  );
  expect(diagnostics.map(each => `${each.at?.file}:${each.at?.line}`)).toEqual(['p.yaml:20']);
});

test('parents that never end and chains that are too long are findings', () => {
  const circle = { 'p.yaml': 'martlet: 1\nbase: q.yaml\n', 'q.yaml': 'martlet: 1\nbase: p.yaml\n' };
  expect(resolveText('base: p.yaml\n', {}, circle).diagnostics.map(each => each.code)).toContain('MRT-R011');
  const long = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}.yaml`, `base: p${i + 1}.yaml\n`]));
  expect(resolveText('base: p0.yaml\n', {}, long).diagnostics.map(each => each.code)).toContain('MRT-R011');
});

test('--set comes last, and later ones win', () => {
  const text = `${SMALL}per_cluster:\n  abci3: {stages: {cpt: {optimizer: {lr: 2.0e-4}}}}\n`;
  expect(cpt(text).optimizer.lr).toBe(1e-4);
  expect(cpt(text, { cluster: 'abci3' }).optimizer.lr).toBe(2e-4);
  expect(cpt(text, { cluster: 'abci3', sets: ['optimizer.lr=3.0e-4', 'optimizer.lr=4e-4'] }).optimizer.lr).toBe(4e-4);
});

test('--set reaches what nobody wrote, a list, an element of a list, and merges a map', () => {
  const stage = cpt(SMALL, {
    sets: [
      'stages.cpt.stall_after=2h',
      'optimizer.betas=[0.8, 0.9]',
      'budget={tokens: 819200}',
      'mixtures.cpt.0.weight=7',
    ],
  });
  expect(stage.stall_after).toBe(7200);
  expect(stage.optimizer.betas).toEqual([0.8, 0.9]);
  expect(stage.budget).toEqual({ steps: 100, tokens: 819200 });
  expect(recipeOf(SMALL, { sets: ['mixtures.cpt.0.weight=7'] }).recipe.mixtures.cpt).toEqual([
    { dataset: 'wiki', weight: 7 },
  ]);
});

test('a short path is looked up in the selected stages only', () => {
  const again =
    '  again: {kind: cpt, engine: megatron-lm, from: cpt, mixture: cpt, budget: {steps: 1}, sequence_length: 1, batch: {global_sequences: 1}, optimizer: {name: sgd, lr: 1}}\n';
  const recipe = recipeOf(SMALL + again, { stages: ['again'], sets: ['optimizer.lr=5'] });
  expect(recipe.originText('stages.again.optimizer.lr')).toBe('--set optimizer.lr=5');
  expect(recipe.originText('stages.cpt.optimizer.lr')).toBe('r.yaml:20:34');
  expect(recipe.fullPath('optimizer.lr', ['cpt']).value).toBe('stages.cpt.optimizer.lr');
  expect(recipe.fullPath('optimizer.lr').value).toBeUndefined();
});

test('keys with dots in them are found: a dataset, an option of a config', () => {
  const text = changed('  wiki: {hub: org/wiki}', '  wiki: {hub: org/wiki}\n  swallow-v3.2: {hub: a/b}');
  const recipe = recipeOf(
    changed('budget: {steps: 100}', 'budget: {steps: 100}\n    extra: {--a.b: 1}', text).replace('--a.b', '--a-b'),
  );
  expect(recipe.originText('datasets.swallow-v3.2.hub')).toBe('r.yaml:8:23');
  expect(recipe.originText('stages.cpt.extra.--a-b')).toMatch(/^r\.yaml:19:/);
});

test('values of an environment arrive as they were written', () => {
  const text = changed(
    'budget: {steps: 100}',
    "budget: {steps: 100}\n    env: {A: 1.0, B: true, C: 0, D: '2', E: off}",
  );
  expect(cpt(text, { sets: ['stages.cpt.env.F=1.50'] }).env).toEqual({
    A: '1.0',
    B: 'true',
    C: '0',
    D: '2',
    E: 'off',
    F: '1.50',
  });
});

test('equal meaning gives an equal digest, another value another one', () => {
  const digest = (text: string, options = {}) => recipeOf(text, options).digest;
  expect(digest(changed('lr: 1.0e-4', 'lr: 0.0001'))).toBe(digest(SMALL));
  expect(digest(`${SMALL}# a comment\n`)).toBe(digest(SMALL));
  expect(digest(SMALL, { sets: ['optimizer.lr=1e-4'] })).toBe(digest(SMALL));
  expect(digest(SMALL, { sets: ['optimizer.lr=2e-4'] })).not.toBe(digest(SMALL));
});

test('the longest path of evidence wins, and two published values stay two', () => {
  const recipe = recipeOf(RECIPE_8B);
  expect(recipe.evidenceOf('stages.cpt.optimizer.lr')).toMatchObject({ status: 'published', source: 'report' });
  expect(recipe.evidenceOf('stages.cpt.data.intra_document_masking')).toMatchObject({
    source: 'finemath-script',
    says: false,
  });
  expect(recipe.evidenceOf('stages.cpt.checkpoint.every_steps')).toMatchObject({ status: 'script' });
  expect(recipe.evidenceOf('stages.cpt.checkpoint.keep')).toMatchObject({ status: 'suggested' });
  expect(recipe.evidenceOf('name')).toBeUndefined();
  expect(evidencesOf(recipe.recipe, 'model.base').map(each => each.source)).toEqual(['report', 'page']);
});

test('evidence for a value that a cluster replaced by a word is no mistake', () => {
  const text = `${SMALL}sources: {me: {title: me}}\nevidence:\n  - {status: script, source: me, paths: [stages.cpt.parallel.tensor]}\n`;
  expect(resolveText(text, { sets: ['stages.cpt.parallel=auto'] }).diagnostics).toEqual([]);
});

test('tokens agree to the digits written and not beyond', () => {
  const codes = (tokens: string) =>
    resolveText(changed('tokens: 210B', `tokens: ${tokens}`, RECIPE_8B)).diagnostics.map(each => each.code);
  for (const good of ['210B', '209.7B', '209.72B', '209715200000', '0.2T']) expect(codes(good), good).toEqual([]);
  for (const bad of ['209B', '209.8B', '210.0B', '209715200001', '200B']) expect(codes(bad), bad).toEqual(['MRT-R026']);
});

/** Printable and odd, as a person could write them into a free text. */
const ODD = [
  "it's",
  '"quoted"',
  '$(touch /tmp/x)',
  '`id`',
  '${HOME}',
  'a;b|c&d',
  '日本語 🐦',
  '--flag',
  'a\\b',
  '{a}',
  'a\tb',
  '%s',
  '!x',
  '*',
  '~',
];

test.each(ODD)('the free text %j comes through a recipe unchanged', odd => {
  const quoted = JSON.stringify(odd);
  const text = changed(
    'budget: {steps: 100}',
    `budget: {steps: 100}\n    extra: {--note: ${quoted}}\n    env: {NOTE: ${quoted}}`,
  );
  const stage = cpt(text);
  expect(stage.extra).toEqual({ '--note': odd });
  expect(stage.env).toEqual({ NOTE: odd });
});

test.each([
  ['stages.cpt.moe.aux_los=1', 'stages.cpt.moe has no "aux_los"', 'did you mean "aux_loss"?'],
  ['stages.cpt.moee.aux_loss=1', 'stages.cpt has no "moee"', 'did you mean "moe"?'],
])('--set %s points at the key that could not be there, not at one that only is not yet', (set, what, hint) => {
  const { diagnostics } = resolveText(RECIPE_8B, { cluster: 'abci3', sets: [set] });
  expect(diagnostics.find(each => each.code === 'MRT-R013')).toMatchObject({
    what: expect.stringContaining(what),
    hint,
  });
});
