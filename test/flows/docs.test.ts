import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedDocs } from '../../src/flows/docs.ts';

const ROOT = join(import.meta.dirname, '../..');

test.each(Object.entries(generatedDocs()))('%s is what the code makes (else: npm run docs)', (path, text) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

test('the JSON Schema of a recipe takes what a person writes, not what it becomes', () => {
  const schema = JSON.parse(generatedDocs()['docs/schema/recipe.json'] ?? '{}');
  const dataset = schema.properties.datasets.additionalProperties.properties;
  expect(dataset.tokens.anyOf.map((each: { type: string }) => each.type)).toEqual(['integer', 'string']);
  expect(dataset.tokens.description).toContain('210B');
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toEqual(['martlet', 'name', 'model', 'stages']);
});
