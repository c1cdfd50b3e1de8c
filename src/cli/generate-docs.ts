import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedDocs } from '../flows/docs.ts';

/** `npm run docs`: writes the pages that are made from the code. */
const root = join(import.meta.dirname, '../..');
for (const [path, text] of Object.entries(generatedDocs())) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
