import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../../templates');

/** Every text of templates/ that becomes bytes of a run, by its path below it: what flows/ hands to render/. */
export const TEMPLATES: Readonly<Record<string, string>> = Object.fromEntries(
  ['job', 'walk', 'prepare', 'engine', 'verl', 'stubs/bin'].flatMap(folder =>
    readdirSync(join(ROOT, folder))
      .filter(name => !name.endsWith('.md') && name !== '__pycache__')
      .map(name => {
        const path = join(ROOT, folder, name);
        return [relative(ROOT, path), readFileSync(path, 'utf8')];
      }),
  ),
);

export const templatesFolder = ROOT;
