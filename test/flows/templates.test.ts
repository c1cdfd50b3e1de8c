import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { templatesOf } from '../../src/flows/templates.ts';
import { readingWorld } from '../helpers/planning.ts';
import { ROOT } from '../helpers/sandbox.ts';

test('what is said about the templates is in their folder and in no run', () => {
  expect(readdirSync(join(ROOT, 'templates/job'))).toContain('README.md');
  const names = Object.keys(templatesOf(readingWorld()));
  expect(names).toContain('job/90-main.sh');
  expect(names.filter(name => name.endsWith('.md'))).toEqual([]);
});
