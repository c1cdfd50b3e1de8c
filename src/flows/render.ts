import { join } from 'node:path';
import { Trouble } from '../model/trouble.ts';
import type { PlanFile } from '../plan/types.ts';
import type { World } from './world.ts';

const refused = (dir: string, said: string): Trouble =>
  new Trouble(
    {
      code: 'MRT-W012',
      doing: `rendering into ${dir}`,
      said,
      left: 'nothing was written.',
      hint: 'name a new folder with -o DIR.',
    },
    1,
  );

/** Writes the exact bytes that apply would send, to read or diff. A folder that holds something else is refused, not mixed. */
export const writeRendered = (file: PlanFile, dir: string, world: World): readonly string[] => {
  if (world.assets.exists(dir) && !world.assets.exists(`${dir}/.`)) throw refused(dir, 'it is a file');
  const there = world.assets.list(dir);
  if (there.length > 0 && !there.includes('plan.json'))
    throw refused(dir, `it holds other files: ${there.slice(0, 3).join(', ')}`);
  const names = Object.keys(file.files).sort();
  for (const name of names) world.assets.write(join(dir, name), file.files[name] ?? '');
  return names;
};
