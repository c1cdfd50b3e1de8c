import { expect, test } from 'vitest';
import { explain } from '../../src/flows/explain.ts';
import { RECIPE_8B, readingWorld } from '../helpers/planning.ts';

const walk = async (path: string, cluster?: string) => {
  const { value, diagnostics } = await explain({ recipe: RECIPE_8B, cluster }, path, readingWorld());
  return { titles: value?.steps.map(each => each.title), steps: value?.steps ?? [], path: value?.path, diagnostics };
};
const textOf = ({ steps }: Awaited<ReturnType<typeof walk>>, title: string) =>
  steps.find(each => each.title === title)?.text;

test('without a cluster a value is explained as far as its flag', async () => {
  const found = await walk('optimizer.lr');
  expect(found.path).toBe('stages.cpt.optimizer.lr');
  expect(found.titles).toEqual(['written', 'value', 'evidence', 'flag', 'script']);
  expect(textOf(found, 'value')).toBe('2.5e-5');
  expect(textOf(found, 'evidence')).toMatch(/^published: /);
  expect(textOf(found, 'flag')).toBe('--lr');
  expect(textOf(found, 'script')).toContain('--cluster C');
});

test('the flag is the same that a cluster gives, also above the stages', async () => {
  for (const path of ['stages.cpt.optimizer.lr', 'stages.cpt.sequence_length', 'stages.cpt.batch.global_sequences'])
    expect(textOf(await walk(path), 'flag'), path).toBe(textOf(await walk(path, 'local'), 'flag'));
  expect(textOf(await walk('model.tokenizer.padded_vocab_size'), 'flag')).toBe('--padded-vocab-size');
});

test('a stage whose program is not in this version has no flag to show', async () => {
  expect((await walk('stages.evaluate.protocol')).titles).toEqual(['written', 'value', 'evidence']);
});

test('what an import begins from is an option of its converter', async () => {
  expect(textOf(await walk('stages.import.from'), 'flag')).toBe('--hf-model');
});

test('a path that leads nowhere is a finding, with the path that was meant', async () => {
  const { steps, diagnostics } = await walk('optimzer.lr');
  expect(steps).toEqual([]);
  expect(diagnostics[0]?.hint).toBe('did you mean stages.cpt.optimizer.lr?');
});

test('a flag is the one of the release that the recipe names', async () => {
  const flag = async (release: string, path: string) => {
    const sets = [`software.megatron-lm.release=${release}`];
    const { value } = await explain({ recipe: RECIPE_8B, sets }, path, readingWorld());
    return value?.steps.find(each => each.title === 'flag')?.text;
  };
  expect(await flag('core_v0.19.0', 'model.tokenizer.padded_vocab_size')).toBe('--padded-vocab-size');
  expect(await flag('v0.9.0-abci', 'model.tokenizer.padded_vocab_size')).toBe('--make-vocab-size-divisible-by');
  expect(await flag('v0.9.0-abci', 'stages.cpt.data.intra_document_masking')).toBe(
    '--reset-position-ids --reset-attention-mask',
  );
  expect(await flag('v0.9.0-abci', 'model.architecture')).not.toMatch(/yarn|softmax-type/);
});
